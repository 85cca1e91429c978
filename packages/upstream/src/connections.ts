import { type buildConnector, Client, Dispatcher, errors } from 'undici'
import type { ConnectionLedger } from './connection-ledger.ts'
import type { ResolvedPoolOptions } from './options.ts'
import { announceRequest } from './socket-use.ts'
import { takeOut } from './take-out.ts'
import type { UpstreamCall } from './upstream-call.ts'

/** What this needs of a pool's options. */
type ConnectionOptions = Pick<ResolvedPoolOptions, 'maxConnections' | 'keepAliveMs' | 'allowH2'>

/** One connection: undici's Client has at most one socket, and makes it when the first request comes. */
interface Slot {
  readonly client: Client
  /**
   * - `settling`: it is not known yet how many requests it takes at once.
   * - `free`: in the list of those that take a request.
   * - `retired`: takes no more requests, and is gone once it is closed.
   */
  state: 'settling' | 'free' | 'busy' | 'retired'
}

interface Waiting {
  readonly options: Dispatcher.DispatchOptions
  readonly call: UpstreamCall
}

/**
 * The connections to one origin, at most `maxConnections` of them, and the calls that wait for one, first come, first served.
 * The connection that was used last is used first, so the others get old enough to be closed by us and not by the peer.
 *
 * With HTTP/2 allowed, the first connection finds out what the peer speaks before there are others; a connection then takes as
 * many requests as undici says it has streams for.
 */
export class Connections extends Dispatcher {
  readonly #origin: URL
  readonly #connect: buildConnector.connector
  readonly #options: ConnectionOptions
  readonly #slots: Slot[] = []
  readonly #free: Slot[] = []
  /** First come, first served. */
  readonly #waiting: Waiting[] = []
  readonly #closed = Promise.withResolvers<void>()
  #protocol: 'unknown' | 'h1' | 'h2'
  #closing = false

  constructor(
    origin: URL,
    connect: buildConnector.connector,
    { ledger, ...options }: ConnectionOptions & { readonly ledger: ConnectionLedger },
  ) {
    super()
    this.#origin = origin
    this.#options = options
    this.#protocol = options.allowH2 && origin.protocol === 'https:' ? 'unknown' : 'h1'
    this.#connect = this.#watched(ledger.counting(connect))
  }

  /** The handler is always an `UpstreamCall`: undici's agents hand it through. */
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const waiting: Waiting = { options, call: handler as UpstreamCall }
    const slot = this.#waiting.length === 0 ? this.#take(waiting) : undefined
    if (slot !== undefined) {
      this.#send(slot, waiting)
      return true
    }
    this.#waiting.push(waiting)
    waiting.call.enterQueue(() => this.#leaveQueue(waiting))
    this.#reportFull()
    return false
  }

  /** Takes no more calls; resolves when those under way and those that wait are over. */
  override async close(): Promise<void> {
    this.#closing = true
    this.#serve()
    return this.#closed.promise
  }

  override async destroy(error?: Error | null | (() => void)): Promise<void> {
    this.#closing = true
    const reason = error instanceof Error ? error : new errors.ClientDestroyedError()
    const waiting = this.#waiting.splice(0)
    for (const { call } of waiting) call.onResponseError(null, reason)
    await Promise.all(this.#slots.map(({ client }) => client.destroy(reason)))
    this.#closed.resolve()
  }

  /** A connection for this request, if it can have one now. */
  #take({ call }: Waiting): Slot | undefined {
    const free = this.#free.at(-1)
    if (!call.needsFresh) {
      if (free !== undefined) return free
      if (this.#isNegotiating()) return undefined
    }
    if (this.#slots.length < this.#options.maxConnections) return this.#open()
    if (call.needsFresh) this.#makeRoom()
    return undefined
  }

  /** One idle connection leaves for a fresh one; the call that wants it is served when it is gone. */
  #makeRoom(): void {
    for (const { state } of this.#slots) if (state === 'retired') return
    const idle = this.#free.find(({ client }) => client.stats.size === 0)
    if (idle !== undefined) this.#retire(idle)
  }

  #open(): Slot {
    const client = new Client(this.#origin, {
      connect: this.#connect,
      pipelining: 1,
      allowH2: this.#options.allowH2,
      keepAliveTimeout: this.#options.keepAliveMs,
      // The exchange has clocks of its own, which know what they are waiting for.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const slot: Slot = { client, state: 'settling' }
    this.#slots.push(slot)
    const onClosed = (): void => {
      // With a request on it, the Client connects again.
      if (client.stats.size === 0) this.#retire(slot)
    }
    client
      .on('drain', () => this.#setFree(slot))
      .on('connect', () => this.#serve())
      .on('disconnect', onClosed)
      .on('connectionError', onClosed)
    return slot
  }

  #send(slot: Slot, { options, call }: Waiting): void {
    const takesMore = announceRequest(call, () => slot.client.dispatch(options, call))
    // A request that undici refuses to send leaves the connection as it was, and there will be no 'drain'.
    if (takesMore || slot.client.stats.size === 0) this.#setFree(slot)
    else this.#setBusy(slot)
  }

  #setFree(slot: Slot): void {
    if (slot.state === 'retired' || slot.state === 'free') return
    slot.state = 'free'
    this.#free.push(slot)
    this.#serve()
  }

  #setBusy(slot: Slot): void {
    if (slot.state !== 'free') return
    slot.state = 'busy'
    this.#free.splice(this.#free.lastIndexOf(slot), 1)
  }

  #retire(slot: Slot): void {
    if (slot.state === 'retired') return
    this.#setBusy(slot)
    slot.state = 'retired'
    const gone = (): void => {
      takeOut(this.#slots, slot)
      this.#serve()
    }
    // It is rejected if the Client is destroyed already, which comes to the same.
    slot.client.close().then(gone, gone)
  }

  #serve(): void {
    for (let waiting = this.#waiting[0]; waiting !== undefined; waiting = this.#waiting[0]) {
      const slot = this.#take(waiting)
      if (slot === undefined) break
      this.#waiting.shift()
      waiting.call.leaveQueue()
      this.#send(slot, waiting)
    }
    this.#reportFull()
    if (!this.#closing || this.#waiting.length > 0) return
    for (const slot of this.#slots.slice()) this.#retire(slot)
    if (this.#slots.length === 0) this.#closed.resolve()
  }

  /** A call may also wait for a connection that is being set up; that is no news to it. */
  #reportFull(): void {
    if (this.#slots.length < this.#options.maxConnections) return
    for (const { call } of this.#waiting.slice()) call.reportQueued()
  }

  #leaveQueue(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting)
    if (at !== -1) this.#waiting.splice(at, 1)
  }

  /** More connections only once it is known that they are needed: the first may turn out to take all that wait. */
  #isNegotiating(): boolean {
    return this.#protocol !== 'h1' && this.#slots.some(({ state }) => state === 'settling')
  }

  #watched(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      connect(options, (...result) => {
        const [, socket] = result
        if (socket !== null && this.#protocol !== 'h1') {
          this.#protocol = (socket as { alpnProtocol?: unknown }).alpnProtocol === 'h2' ? 'h2' : 'h1'
        }
        callback(...result)
      })
    }
  }
}
