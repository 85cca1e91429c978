import type { Socket } from 'node:net'
import type { Work } from '../scenarios.ts'
import { reset } from './reset.ts'
import {
  buildPrompt,
  buildStream,
  deltaEvent,
  JSON_ANSWER,
  OPENING_BYTES,
  stampNow,
  toChunk,
  writeStamp,
  type StreamBody,
} from '../wire/stream-body.ts'

/** How the upstream answers, from one `serve` to the next. */
export interface Answer {
  /** The bytes that a request's body has to be. */
  readonly prompt: Buffer
  /** Answers one request. `isPlain`: as bytes that are no event stream, which a proxy has no reason to look into. */
  respond(socket: Socket, isPlain: boolean): void
  /** Forgets all streams, and ends their connections with a reset. */
  stop(): void
}

const HEADERS = 'request-id: req_0\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncache-control: no-cache\r\n'
const JSON_RESPONSE = Buffer.concat([
  Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${HEADERS}content-length: ${JSON_ANSWER.length}\r\n\r\n`,
  ),
  JSON_ANSWER,
])

export function answerWith(work: Work): Answer {
  switch (work.kind) {
    case 'json':
      return {
        prompt: buildPrompt(work.promptBytes, false),
        respond: (socket) => socket.write(JSON_RESPONSE),
        stop: () => undefined,
      }
    case 'saturated':
      return new SaturatedAnswer(work)
    case 'paced':
      return new PacedAnswer(work)
  }
}

function streamHead(isPlain: boolean): Buffer {
  const type = isPlain ? 'application/octet-stream' : 'text/event-stream; charset=utf-8'
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${HEADERS}transfer-encoding: chunked\r\n\r\n`)
}

interface Sending {
  readonly socket: Socket
  /** Index of the next write. */
  next: number
  /** The stream is reset before this write. */
  readonly cutAt: number
  isBlocked: boolean
}

/** One write for each stream in turn, so that a proxy sees writes and not what the kernel has made of them. */
class SaturatedAnswer implements Answer {
  readonly prompt = buildPrompt(200, true)
  readonly #body: StreamBody
  readonly #cutEvery: number
  readonly #sending = new Set<Sending>()
  #streamCount = 0
  #isRunning = false

  constructor(work: Extract<Work, { kind: 'saturated' }>) {
    this.#body = buildStream(work)
    this.#cutEvery = work.cutEvery
  }

  respond(socket: Socket, isPlain: boolean): void {
    const { length } = this.#body.writes
    const isCut = this.#cutEvery > 0 && ++this.#streamCount % this.#cutEvery === 0
    const sending: Sending = { socket, next: 0, cutAt: isCut ? Math.floor(length / 2) : length, isBlocked: false }
    this.#sending.add(sending)
    socket.once('close', () => this.#sending.delete(sending))
    socket.write(streamHead(isPlain))
    if (!this.#isRunning) setImmediate(() => this.#turn())
    this.#isRunning = true
  }

  stop(): void {
    for (const { socket } of this.#sending) reset(socket)
    this.#sending.clear()
  }

  #turn(): void {
    let isIdle = true
    for (const sending of this.#sending) {
      if (sending.isBlocked) continue
      isIdle = false
      this.#write(sending)
    }
    if (isIdle) this.#isRunning = false
    else setImmediate(() => this.#turn())
  }

  #write(sending: Sending): void {
    const { socket, next, cutAt } = sending
    const bytes = this.#body.writes[next]
    if (next < cutAt && bytes !== undefined && !socket.destroyed) {
      sending.next++
      if (!socket.write(bytes)) this.#waitForDrain(sending)
    }
    if (sending.next < cutAt && !socket.destroyed) return
    this.#sending.delete(sending)
    if (cutAt < this.#body.writes.length) reset(socket)
  }

  #waitForDrain(sending: Sending): void {
    sending.isBlocked = true
    sending.socket.once('drain', () => {
      sending.isBlocked = false
      if (!this.#isRunning) setImmediate(() => this.#turn())
      this.#isRunning = true
    })
  }
}

interface Pacing {
  readonly socket: Socket
  sequence: number
}

/** Streams share the interval: each has its slot of a millisecond in it. */
class PacedAnswer implements Answer {
  readonly prompt = buildPrompt(200, true)
  readonly #work: Extract<Work, { kind: 'paced' }>
  readonly #slots: Set<Pacing>[]
  readonly #timer: NodeJS.Timeout
  #streamCount = 0
  #lastTick = Math.floor(performance.now())

  constructor(work: Extract<Work, { kind: 'paced' }>) {
    this.#work = work
    this.#slots = Array.from({ length: work.everyMs }, () => new Set<Pacing>())
    this.#timer = setInterval(() => this.#tick(), 1)
  }

  respond(socket: Socket, isPlain: boolean): void {
    const { everyMs, connections } = this.#work
    const place = Math.floor((this.#streamCount++ * everyMs) / connections) % everyMs
    const slot = this.#slots[place]
    const pacing: Pacing = { socket, sequence: 0 }
    socket.write(Buffer.concat([streamHead(isPlain), toChunk(OPENING_BYTES)]))
    this.#write(pacing)
    slot?.add(pacing)
    socket.once('close', () => slot?.delete(pacing))
  }

  stop(): void {
    clearInterval(this.#timer)
    for (const slot of this.#slots) for (const { socket } of slot) reset(socket)
  }

  #tick(): void {
    const now = Math.floor(performance.now())
    // After a pause of the process each slot is due once, however long it was.
    const from = Math.max(this.#lastTick + 1, now - this.#slots.length + 1)
    for (let tick = from; tick <= now; tick++)
      for (const pacing of this.#slots[tick % this.#slots.length] ?? []) this.#write(pacing)
    this.#lastTick = now
  }

  #write(pacing: Pacing): void {
    const { eventBytes, eventsPerWrite } = this.#work
    const chunks: Buffer[] = []
    const stamp = stampNow()
    for (let i = 0; i < eventsPerWrite; i++) {
      const event = deltaEvent(pacing.sequence++, eventBytes)
      writeStamp(event, stamp)
      chunks.push(toChunk(event))
    }
    pacing.socket.write(chunks.length === 1 ? (chunks[0] ?? '') : Buffer.concat(chunks))
  }
}
