import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SoakExchange } from './exchange.ts'
import { requestBody, targetOf } from './plan.ts'
import { Random } from './random.ts'
import { ResponseReader } from './response-reader.ts'

/** A client on a raw socket, which may ask more than once. */
export class SoakClient {
  readonly socket: Socket
  readonly #reader = new ResponseReader()
  readonly #closed: Promise<void>
  #hasLeft = false

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    this.socket.on('error', () => undefined) // how it ends is in what was seen
    this.#closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
    this.socket.on('data', (data: Buffer) => this.#reader.push(data))
    this.socket.once('end', () => this.socket.destroySoon())
    this.socket.once('close', () => this.#reader.close(this.#hasLeft))
  }

  /** Nothing more can be asked over this connection. */
  get isOver(): boolean {
    return this.#reader.isOver || this.socket.destroyed || this.socket.readableEnded
  }

  get hasStray(): boolean {
    return this.#reader.hasStray
  }

  /** Sends requests in one write and reads their responses, as clients do that pipeline. */
  async pipeline(exchanges: readonly SoakExchange[]): Promise<void> {
    const ended = exchanges.map(({ seen }) => this.#reader.expect(seen, () => undefined))
    this.socket.write(Buffer.concat(exchanges.flatMap((exchange) => [head(exchange), requestBody(exchange.plan)])))
    for (const exchange of exchanges) exchange.clientFired = true
    await Promise.all(ended)
  }

  /** Does with one exchange what its plan says. Resolves when its response is over, or when this client has left. */
  async ask(exchange: SoakExchange): Promise<void> {
    const { plan, seen } = exchange
    const random = new Random(plan.chances, 77)
    const leaveAfter = random.between(0, 3_000)
    let received = 0
    const ended = this.#reader.expect(seen, (byteLength) => {
      received += byteLength
      if (plan.client === 'read-slowly') this.#rest(exchange, random, byteLength)
      if (plan.client === 'stop-reading' && !exchange.clientFired) void this.#stopReading(exchange)
      if (received < leaveAfter) return
      if (plan.client === 'leave-by-fin') this.#leave(exchange, 'fin')
      if (plan.client === 'leave-by-reset') this.#leave(exchange, 'reset')
    })
    await this.#send(exchange, random)
    await ended
    if (plan.client === 'read' || plan.client === 'upload-1mib') exchange.clientFired = true
  }

  async #send(exchange: SoakExchange, random: Random): Promise<void> {
    const { client, requestBytes } = exchange.plan
    const body = requestBody(exchange.plan)
    const isPart = client === 'stall-upload' || client.startsWith('leave-uploading')
    const sent = isPart ? random.between(1, Math.floor(requestBytes * 0.9)) : body.length
    this.socket.write(Buffer.concat([head(exchange), body.subarray(0, sent)]))
    if (client === 'leave-at-once') this.#leave(exchange, random.chance(0.5) ? 'fin' : 'reset')
    if (!isPart) return
    await sleep(random.between(1, 60)) // so that it is under way
    if (client === 'stall-upload') exchange.clientFired = !this.socket.destroyed
    else this.#leave(exchange, client === 'leave-uploading-by-fin' ? 'fin' : 'reset')
  }

  /** Takes some 10 MB a second, and of short answers a read at a time. */
  #rest(exchange: SoakExchange, random: Random, byteLength: number): void {
    exchange.clientFired = true
    if (this.socket.isPaused()) return
    this.socket.pause()
    void sleep(byteLength < 8_192 ? random.between(1, 20) : byteLength / 10_000).then(() => this.socket.resume())
  }

  /** Reads on when the gateway has given up: only then does a socket see that it was closed. */
  async #stopReading(exchange: SoakExchange): Promise<void> {
    exchange.clientFired = true
    this.socket.pause()
    await exchange.recorded.promise
    this.socket.resume()
  }

  #leave(exchange: SoakExchange, how: 'fin' | 'reset'): void {
    if (this.#hasLeft || this.socket.destroyed) return
    this.#hasLeft = true
    exchange.clientFired = true
    if (how === 'fin') this.socket.end()
    else this.socket.resetAndDestroy()
  }

  /** Closes what is still open. */
  async close(): Promise<void> {
    this.#hasLeft = true
    this.socket.destroy()
    await this.#closed
  }
}

function head({ plan }: SoakExchange): Buffer {
  const headers = {
    host: 'localhost',
    'content-type': 'application/json',
    'x-client-request-id': plan.id,
    'x-api-key': 'sk-canary',
    'content-length': String(requestBody(plan).length),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${targetOf(plan)} HTTP/1.1\r\n${lines.join('')}\r\n`)
}
