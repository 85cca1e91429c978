import {
  Exchange,
  type ExchangeRecord,
  type ExchangeSink,
  type HeaderList,
  type LiveEntry,
  type MemoryBudget,
  type Origin,
  type ResolvedExchangeOptions,
  type StallWarning,
  type UpstreamRequest,
} from '@stopbit/exchange'
import type { ClockWheel, Sleeper } from '@stopbit/exchange/drive'
import type { UpstreamCall, UpstreamPool } from '@stopbit/upstream'
import { acceptRequest, headersOf, type HandledRequest } from './accept-request.ts'
import type { LiveResponses } from './live-responses.ts'
import type { RequestBody } from './read-request-body.ts'
import { ResponseWriter } from './response-writer.ts'

/** What every request of one handler shares. */
export interface HandlerContext {
  readonly pool: UpstreamPool
  readonly options: ResolvedExchangeOptions
  readonly clock: ClockWheel
  readonly credential: string | undefined
  readonly origin: Origin
  readonly memory: MemoryBudget
  /** Exchanges under way, so that a closing listener can finish them. */
  readonly live: LiveResponses
  readonly onStall: (warning: StallWarning) => void
  readonly onDefect: (defect: Error) => void
}

/**
 * Relays one request. Every decision is the exchange's.
 *
 * @returns the exchange's record, once the client has its end and nothing is left open. Never rejects.
 */
export function handleRequest(context: HandlerContext, handled: HandledRequest): Promise<ExchangeRecord> {
  return new Promise((settle) => new Relay(context, handled, settle).accept())
}

/**
 * One request, in the order of its way: it only carries bytes and events between two sockets and an exchange. An object with
 * methods, and not a closure for each of them, as there are thousands at a time.
 */
class Relay implements ExchangeSink {
  readonly #context: HandlerContext
  readonly #handled: HandledRequest
  readonly #settle: (record: ExchangeRecord) => void
  readonly #exchange: Exchange
  readonly #client: ResponseWriter
  readonly #sleeper: Sleeper
  readonly #entry: LiveEntry
  #body: RequestBody | undefined
  #call: UpstreamCall | undefined

  constructor(context: HandlerContext, handled: HandledRequest, settle: (record: ExchangeRecord) => void) {
    const { pool, options, clock, credential, origin, memory } = context
    const { request, response, target } = handled
    this.#context = context
    this.#handled = handled
    this.#settle = settle
    this.#sleeper = clock.createSleeper(() => this.#exchange.wake())
    this.#exchange = new Exchange({
      request: { method: request.method ?? 'GET', target, headers: headersOf(request) },
      options,
      clock,
      origin,
      memory,
      basePath: basePathOf(pool.url),
      credential,
      sink: this,
    })
    this.#client = new ResponseWriter(request, response, this.#exchange)
    this.#entry = context.live.add(this.#exchange)
  }

  // Accept

  accept(): void {
    const exchange = this.#exchange
    acceptRequest(this.#handled, exchange, this.#client)
      .then((read) => {
        if (read === undefined) return
        this.#body = read
        exchange.start(read.facts, read.kind)
      })
      .catch(() => exchange.misused('body-unusable'))
    const { finished } = this.#handled
    if (finished !== undefined) exchange.finish(...finished)
  }

  // Dispatch upstream

  sendAttempt(_attempt: number, request: UpstreamRequest): void {
    this.#call = this.#context.pool.dispatch({ ...request, body: this.#body?.content }, this.#exchange)
  }

  releaseRequest(): void {
    if (this.#body !== undefined) this.#body = { ...this.#body, content: undefined }
  }

  abortUpstream(): void {
    this.#call?.abort()
  }

  pauseUpstream(): void {
    this.#call?.pause()
  }

  resumeUpstream(): void {
    this.#call?.resume()
  }

  decodeUpstream(coding: string): boolean {
    return this.#call?.decode(coding) ?? false
  }

  // Commit headers

  writeHead(status: number, headers: HeaderList): void {
    this.#client.writeHead(status, headers)
  }

  // Relay

  write(bytes: Uint8Array): boolean {
    return this.#client.write(bytes)
  }

  // Finalize

  end(): void {
    this.#client.end()
  }

  leaveIncomplete(): void {
    this.#client.leaveIncomplete()
  }

  abortDownstream(): void {
    this.#client.abort()
  }

  // Settle

  wakeAt(time: number): void {
    this.#sleeper.wakeAt(time)
  }

  stalled(warning: StallWarning): void {
    this.#context.onStall(warning)
  }

  broken(defect: Error): void {
    this.#context.onDefect(defect)
  }

  settled(record: ExchangeRecord): void {
    this.#context.live.delete(this.#entry)
    this.#settle(record)
  }
}

function basePathOf({ pathname }: URL): string {
  return pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
}
