import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Attempt, SoakExchange } from './exchange.ts'
import { Random } from './random.ts'
import { makeStream, type SoakStream, type StreamSize } from './streams.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** Parts above this size come as fast as they can. */
const DRIPPED_BYTES = 50_000

/** Longest that a part takes. The four opening events of Responses, each a part, must stay well below the progress clock. */
const DRIP_MS = 250

/** One request that the upstream answers, and the means to answer it badly. */
export class Turn {
  readonly exchange: SoakExchange
  readonly random: Random
  readonly connection: UpstreamConnection
  readonly #attempt: Attempt
  readonly #drips: boolean

  constructor(exchange: SoakExchange, attempt: Attempt, connection: UpstreamConnection) {
    this.exchange = exchange
    this.connection = connection
    this.#attempt = attempt
    this.random = new Random(exchange.plan.chances, exchange.attempts.length)
    this.#drips = attempt.behaviour === 'whole-dripped' || this.random.chance(0.7)
  }

  get id(): string {
    return this.exchange.plan.id
  }

  get isReused(): boolean {
    return this.connection.requestCount > 1
  }

  stream(size: StreamSize = 'usual'): SoakStream {
    return makeStream(this.random, this.exchange.plan.wire, this.id, size)
  }

  /** Says what the client is to see of this answer, before anything is sent. */
  declare(answer: Answer, status = 200): void {
    this.#attempt.answer = answer
    this.#attempt.status = status
  }

  /** What gives the behaviour its name happens now; unless the gateway has closed before. */
  attest(): void {
    if (!this.connection.socket.destroyed) this.#attempt.fired = true
  }

  /** Sends a head: with chunks, unless `headers` tell a length. */
  async head(headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const { wire } = this.exchange.plan
    const all: Record<string, string> = {
      'content-type': wire === 'gemini-array' ? 'application/json; charset=UTF-8' : 'text/event-stream; charset=utf-8',
      'request-id': `req_${this.id}`,
      ...(this.random.chance(0.5) && { 'keep-alive': 'timeout=3' }),
      ...headers,
    }
    if (all['content-length'] === undefined) all['transfer-encoding'] = 'chunked'
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    await this.connection.write(`HTTP/1.1 ${this.#attempt.status} Soak\r\n${lines.join('')}\r\n`)
  }

  /** Notes bytes that the client is to get, without sending them. */
  note(bytes: string): void {
    this.#attempt.sent.push(Buffer.from(bytes))
  }

  /** Sends a part of the body as chunks of any size, some of them torn; in most answers one after the other. */
  async send(text: string | Uint8Array, { noted = true } = {}): Promise<void> {
    const bytes = Buffer.from(text)
    if (noted) this.#attempt.sent.push(bytes)
    const pieces = this.random.between(1, 6)
    const pieceSize = Math.max(1, Math.ceil(bytes.length / pieces))
    for (let at = 0; at < bytes.length; at += pieceSize) {
      if (!(await this.#sendChunk(bytes.subarray(at, at + pieceSize)))) return
      if (this.#drips && bytes.length < DRIPPED_BYTES) await sleep(this.random.between(50, DRIP_MS) / pieces)
    }
  }

  async #sendChunk(piece: Buffer): Promise<boolean> {
    const framed = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
    if (this.random.chance(0.7)) return this.connection.write(framed)
    const tear = this.random.between(0, framed.length)
    await this.connection.write(framed.subarray(0, tear))
    await nextTick()
    return this.connection.write(framed.subarray(tear))
  }

  /** Sends events, some of them in each write. */
  async events(events: readonly string[]): Promise<void> {
    for (let at = 0; at < events.length;) {
      const count = this.random.between(1, 4)
      await this.send(events.slice(at, at + count).join(''))
      at += count
    }
  }

  /** What a model does before it says anything. */
  async think(): Promise<void> {
    await sleep(this.random.between(0, 1_000))
  }

  async lastChunk(): Promise<void> {
    await this.connection.write('0\r\n\r\n')
  }

  /** An answer with a length, its body sent as it is. */
  async plain(headers: Readonly<Record<string, string>>, body: string): Promise<void> {
    this.note(body)
    await this.head({ 'content-length': String(Buffer.byteLength(body)), ...headers })
    await this.connection.write(body)
  }

  /** A moment, so that what was sent is on its way before what follows. */
  moment(): Promise<void> {
    return sleep(this.random.between(1, 40))
  }

  fin(): void {
    this.attest()
    this.connection.socket.end()
  }

  reset(): void {
    this.attest()
    this.connection.socket.resetAndDestroy()
  }
}
