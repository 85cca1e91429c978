import { createConnection, type Socket } from 'node:net'
import type { ResolvedRequest } from '@stopbit/traces'
import { GzipDecoder, isGzip } from './content-decoder.ts'
import { digestOf, EXCHANGE_HEADER, withExchangeId } from './exchange-id.ts'
import { describeBytes } from './note-step.ts'
import type { ClientExchange, ExchangeEnding } from './records.ts'
import type { Stage } from './stage.ts'
import type { TimelineEntry } from '../timeline.ts'
import { WireReader } from './wire-reader.ts'

const HOST = '127.0.0.1'

/** Far more than the heartbeats and the error that a target may put into a body. */
const MAX_ADDED_BYTES = 256 * 1024

/** The client end: one raw TCP connection to the target that carries exchanges one after the other. */
export class ClientConnection {
  /** When the target closed the connection, by FIN or RST. */
  closedAt: number | undefined
  readonly #socket: Socket
  readonly #stage: Stage
  readonly #name: string
  #exchange: ClientExchange | undefined
  #reader: WireReader | undefined
  #decoder: GzipDecoder | undefined
  /** Of the newest exchange, without coding. */
  #bodyBytes = 0
  #halfClosed = false

  constructor(socket: Socket, stage: Stage, name: string) {
    this.#socket = socket
    this.#stage = stage
    this.#name = name
    this.#note({ kind: 'connect', text: 'the client connects' })
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('end', () => this.#close('fin'))
    socket.on('error', () => this.#close('rst'))
    socket.on('close', () => this.#close('fin'))
  }

  /** The newest exchange. */
  get exchange(): ClientExchange | undefined {
    return this.#exchange
  }

  /** Writes a request and begins its exchange. On a closed connection the exchange ends at once. */
  send(request: ResolvedRequest, id: string): ClientExchange {
    const body = withExchangeId(request.body, id)
    const head = [
      `${request.method} ${request.path} HTTP/1.1`,
      `host: ${HOST}:${this.#socket.remotePort ?? 0}`,
      ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
      `${EXCHANGE_HEADER}: ${id}`,
      `content-length: ${Buffer.byteLength(body)}`,
    ]
    const exchange: ClientExchange = {
      id,
      requestedAt: performance.now(),
      requestDigest: digestOf(body),
      byteTimes: [],
      bodyParts: [],
      bodyTimes: [],
      strayBytes: 0,
      ending: { kind: 'open' },
    }
    this.#note({ kind: 'request', bytes: Buffer.byteLength(body), text: `${request.method} ${request.path}` })
    this.#exchange = exchange
    this.#decoder = undefined
    this.#bodyBytes = 0
    const reader = new WireReader((bytes) => {
      const { state } = reader
      if (state.phase === 'body' && isGzip(state.head)) this.#decoder ??= new GzipDecoder()
      const readable = this.#decoder?.feed(bytes) ?? bytes
      this.#bodyBytes += readable.length
      exchange.bodyParts.push(readable)
      exchange.bodyTimes.push(performance.now())
    })
    this.#reader = reader
    if (this.closedAt === undefined) this.#socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    else this.#end(exchange, { kind: 'fin', at: performance.now() })
    return exchange
  }

  /** Leaves, as a client does whose user has had enough. `fin` closes both directions: what still comes is answered by the kernel. */
  abort(how: 'fin' | 'rst'): void {
    if (this.#exchange?.ending.kind === 'open') this.#end(this.#exchange, { kind: 'left', at: performance.now() })
    if (how === 'rst') this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  /** Sends FIN and goes on reading. */
  halfClose(): void {
    this.#halfClosed = true
    this.#socket.end()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Gives up on an exchange whose time is up. */
  giveUp(waitedMs: number): void {
    if (this.#exchange?.ending.kind === 'open')
      this.#end(this.#exchange, { kind: 'hang', at: performance.now(), waitedMs })
    this.#socket.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    const exchange = this.#exchange
    const reader = this.#reader
    if (exchange === undefined || reader === undefined) return
    if (exchange.ending.kind !== 'open') {
      exchange.strayBytes += bytes.length
      return
    }
    exchange.byteTimes.push(performance.now())
    this.#note({ kind: 'receive', bytes: bytes.length, text: describeBytes(bytes) })
    exchange.strayBytes += reader.feed(bytes).length
    this.#settle(exchange, reader)
    this.#refuseFlood(exchange)
    this.#stage.board.changed()
  }

  /** A body without an end would take the runner's memory, and its judges' time. */
  #refuseFlood(exchange: ClientExchange): void {
    const added = this.#bodyBytes - MAX_ADDED_BYTES
    if (exchange.ending.kind !== 'open' || added <= 0) return
    const sent = this.#stage.requestsOf(exchange).flatMap(({ sentParts }) => sentParts)
    if (added <= sent.reduce((total, { length }) => total + length, 0)) return
    const why = `the body has over ${MAX_ADDED_BYTES} bytes that the upstream did not send`
    this.#end(exchange, { kind: 'broken', at: performance.now(), why })
    this.#socket.destroy()
  }

  #settle(exchange: ClientExchange, { state }: WireReader): void {
    const at = performance.now()
    if (state.phase !== 'head' && state.head !== undefined) exchange.head = state.head
    if (state.phase === 'complete')
      this.#end(
        exchange,
        this.#decoder?.isWhole === false
          ? { kind: 'broken', at, why: 'the content coding is cut short' }
          : { kind: 'complete', at },
      )
    if (state.phase === 'broken') this.#end(exchange, { kind: 'broken', at, why: state.why })
  }

  #end(exchange: ClientExchange, ending: ExchangeEnding): void {
    exchange.ending = ending
    this.#note({ kind: 'end', text: ENDINGS[ending.kind] })
  }

  #note(entry: Pick<TimelineEntry, 'kind' | 'text' | 'bytes'>): void {
    this.#stage.note({ lane: 'client', connection: this.#name, ...entry })
  }

  #close(how: 'fin' | 'rst'): void {
    if (this.closedAt !== undefined) return
    this.closedAt = performance.now()
    const exchange = this.#exchange
    if (exchange !== undefined && this.#reader !== undefined && exchange.ending.kind === 'open') {
      if (how === 'fin') this.#reader.finish()
      this.#settle(exchange, this.#reader)
      if (exchange.ending.kind === 'open')
        this.#end(exchange, { kind: this.#halfClosed ? 'left' : how, at: this.closedAt })
    }
    this.#socket.destroy()
    this.#stage.board.changed()
  }
}

const ENDINGS: { readonly [kind in ExchangeEnding['kind']]: string } = {
  open: 'still open',
  complete: 'the response is complete',
  fin: 'FIN in the middle of the response',
  rst: 'RST in the middle of the response',
  broken: 'malformed response',
  left: 'the client left',
  hang: 'still open when its time was up',
}

/** Connects to the target, under a name for the timeline. Rejects with the socket's error, or after `timeoutMs`. */
export async function openClientConnection(
  port: number,
  stage: Stage,
  name: string,
  timeoutMs: number,
): Promise<ClientConnection> {
  const socket = createConnection({ host: HOST, port })
  const timer = setTimeout(
    () => socket.destroy(new Error(`Cannot connect to the target: no answer in ${timeoutMs} ms`)),
    timeoutMs,
  )
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
  } finally {
    clearTimeout(timer)
  }
  return new ClientConnection(socket, stage, name)
}
