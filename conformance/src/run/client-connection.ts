import { createConnection, type Socket } from 'node:net'
import type { ResolvedRequest } from '@stopbit/traces'
import { digestOf, EXCHANGE_HEADER, withExchangeId } from './exchange-id.ts'
import type { Board } from './board.ts'
import type { ClientExchange } from './records.ts'
import { WireReader } from './wire-reader.ts'

const HOST = '127.0.0.1'

/** The client end: one raw TCP connection to the target that carries exchanges one after the other. */
export class ClientConnection {
  /** When the target closed the connection, by FIN or RST. */
  closedAt: number | undefined
  readonly #socket: Socket
  readonly #board: Board
  #exchange: ClientExchange | undefined
  #reader: WireReader | undefined

  constructor(socket: Socket, board: Board) {
    this.#socket = socket
    this.#board = board
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
      ending: { kind: 'open' },
    }
    this.#exchange = exchange
    this.#reader = new WireReader((bytes) => {
      exchange.bodyParts.push(bytes)
      exchange.bodyTimes.push(performance.now())
    })
    if (this.closedAt === undefined) this.#socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    else exchange.ending = { kind: 'fin', at: performance.now() }
    return exchange
  }

  /** Leaves, as a client does whose user has had enough. `fin` closes both directions: what still comes is answered by the kernel. */
  abort(how: 'fin' | 'rst'): void {
    if (this.#exchange?.ending.kind === 'open') this.#exchange.ending = { kind: 'left', at: performance.now() }
    if (how === 'rst') this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  /** Gives up on an exchange whose time is up. */
  giveUp(waitedMs: number): void {
    if (this.#exchange?.ending.kind === 'open')
      this.#exchange.ending = { kind: 'hang', at: performance.now(), waitedMs }
    this.#socket.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    const exchange = this.#exchange
    const reader = this.#reader
    if (exchange === undefined || reader === undefined || exchange.ending.kind !== 'open') return
    exchange.byteTimes.push(performance.now())
    reader.feed(bytes)
    this.#settle(exchange, reader)
    this.#board.changed()
  }

  #settle(exchange: ClientExchange, { state }: WireReader): void {
    const at = performance.now()
    if (state.phase !== 'head' && state.head !== undefined) exchange.head = state.head
    if (state.phase === 'complete') exchange.ending = { kind: 'complete', at }
    if (state.phase === 'broken') exchange.ending = { kind: 'broken', at, why: state.why }
  }

  #close(how: 'fin' | 'rst'): void {
    if (this.closedAt !== undefined) return
    this.closedAt = performance.now()
    const exchange = this.#exchange
    if (exchange !== undefined && this.#reader !== undefined && exchange.ending.kind === 'open') {
      if (how === 'fin') this.#reader.finish()
      this.#settle(exchange, this.#reader)
      if (exchange.ending.kind === 'open') exchange.ending = { kind: how, at: this.closedAt }
    }
    this.#socket.destroy()
    this.#board.changed()
  }
}

/** Connects to the target. Rejects with the socket's error, or after `timeoutMs`. */
export async function openClientConnection(port: number, board: Board, timeoutMs: number): Promise<ClientConnection> {
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
  return new ClientConnection(socket, board)
}
