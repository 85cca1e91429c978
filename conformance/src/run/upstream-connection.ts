import type { Socket } from 'node:net'
import { CONTROL_ID, digestOf, exchangeIdOfBody, exchangeIdOfHead } from './exchange-id.ts'
import type { TimelineEntry } from '../timeline.ts'
import type { UpstreamConnectionRecord, UpstreamRequest } from './records.ts'
import { RequestReader } from './request-reader.ts'
import type { Stage } from './stage.ts'

/** The control request's answer; the judge compares it byte by byte. */
export const CONTROL_BODY: string = JSON.stringify({
  id: 'msg_control',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'alive' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
})

const CONTROL_ANSWER = [
  'HTTP/1.1 200 OK',
  'content-type: application/json',
  `content-length: ${Buffer.byteLength(CONTROL_BODY)}`,
  '',
  CONTROL_BODY,
].join('\r\n')

/** One connection that the target opened to the upstream: reads requests into the stage's records, writes what the script says. */
export class UpstreamConnection {
  readonly record: UpstreamConnectionRecord
  /** `u1`, `u2`, … as the timeline calls it. */
  readonly name: string
  readonly #stage: Stage
  readonly #socket: Socket
  readonly #requests: UpstreamRequest[] = []
  #consumed = 0
  #scripted = true

  /** `onFirstBytes` is called once, before the first request is read. */
  constructor(stage: Stage, socket: Socket, onFirstBytes: () => void) {
    this.#stage = stage
    this.#socket = socket
    this.record = { closedAt: undefined, requests: 0 }
    stage.connections.push(this.record)
    this.name = `u${stage.connections.length}`
    this.#note({ kind: 'connect', text: 'the target connects' })
    const reader = new RequestReader({
      onHead: (head) => this.#receive(exchangeIdOfHead(head)),
      onComplete: (body) => this.#complete(body),
      onBroken: () => socket.destroy(),
    })
    socket.setNoDelay(true)
    socket.once('data', onFirstBytes)
    socket.on('data', (bytes: Buffer) => reader.feed(bytes))
    socket.on('end', () => this.#close()) // the target has closed its side: it wants nothing more from here
    socket.on('error', () => this.#close())
    socket.on('close', () => this.#close())
  }

  get closed(): boolean {
    return this.record.closedAt !== undefined
  }

  /** The request that the script answers now. */
  get current(): UpstreamRequest | undefined {
    return this.#requests[this.#consumed - 1]
  }

  /** Waits for the next request that no `read-request` has taken; false when the connection or the trace ended first. */
  async nextRequest(until: 'head' | 'body'): Promise<boolean> {
    const index = this.#consumed
    const isThere = (): boolean => {
      const request = this.#requests[index]
      return request !== undefined && (until === 'head' || request.digest !== undefined)
    }
    await this.#stage.board.until(() => isThere() || this.closed, Infinity, this.#stage.ended) // the trace always ends
    if (!isThere()) return false
    this.#consumed = index + 1
    return true
  }

  /** Writes bytes and waits until the kernel has them; false when the connection is gone. Settles on destroy: Node then calls the callback. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.closed) return false
    return await new Promise((resolve) => {
      this.#socket.write(bytes, (error) => {
        if (error === null || error === undefined) this.#stage.activity.lastActionAt = performance.now()
        resolve(error === null || error === undefined)
      })
    })
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  fin(): void {
    this.#socket.end()
  }

  rst(): void {
    this.#socket.resetAndDestroy()
  }

  /** The script is through: what comes now was not asked for, except the control request. */
  endScript(): void {
    this.#scripted = false
    this.#rejectUnscripted()
  }

  #receive(id: string | undefined): void {
    this.record.requests += 1
    const request: UpstreamRequest = { id, digest: undefined, headSent: false, sentParts: [] }
    this.#requests.push(request)
    this.#note({ kind: 'request', text: id === CONTROL_ID ? 'control request' : 'request' })
    if (id !== CONTROL_ID) this.#stage.requests.push(request)
    this.#stage.board.changed()
  }

  #complete(body: Buffer): void {
    const request = this.#requests.at(-1)
    if (request === undefined) return
    request.id ??= exchangeIdOfBody(body)
    request.digest = digestOf(body)
    if (request.id === CONTROL_ID) {
      this.#consumed = this.#requests.length
      const listed = this.#stage.requests.indexOf(request) // its head alone did not tell that it is the control request
      if (listed >= 0) this.#stage.requests.splice(listed, 1)
      this.#socket.write(CONTROL_ANSWER)
    } else if (!this.#scripted) this.#rejectUnscripted()
    this.#stage.board.changed()
  }

  #rejectUnscripted(): void {
    const next = this.#requests[this.#consumed]
    if (next?.digest !== undefined && next.id !== CONTROL_ID) this.rst()
  }

  #close(): void {
    if (this.closed) return
    this.record.closedAt = performance.now()
    if (!this.#stage.ended.aborted) this.#note({ kind: 'close', text: 'the connection is closed' })
    this.#socket.destroy()
    this.#stage.board.changed()
  }

  #note(entry: Pick<TimelineEntry, 'kind' | 'text'>): void {
    this.#stage.note({ lane: 'upstream', connection: this.name, ...entry })
  }
}
