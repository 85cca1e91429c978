import { createHash, type Hash } from 'node:crypto'
import { type AnswerPart, type EndKind, type Recording } from '../recording.ts'
import { dialectOfPath } from '../dialects.ts'
import { MessageReader, requestLength, responseLength, statusOf } from './message-reader.ts'
import { shapeOf } from './request-shape.ts'

/** What a recorder of one connection tells. */
export interface ConnectionRecorderEvents {
  onRecording(recording: Recording): void
  /** An exchange that is not recorded, and why; nothing of its content. */
  onSkipped(why: string): void
}

/** An answer of more body bytes is relayed and not recorded; of a longer request body the shape is not kept. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
/** What one part of an answer takes in memory, beside its bytes: a million chunks of one byte are no small answer. */
const PART_BYTES = 100
const MAX_REQUEST_BYTES = 8 * 1024 * 1024

interface OpenExchange {
  readonly method: string
  readonly target: string
  readonly startedAt: number
  readonly hash: Hash
  body: Buffer[]
  bodyBytes: number
  requestWhole: boolean
  answer: AnswerPart[]
  answerBytes: number
  partBytes: number
}

/** Tells the exchanges of one client connection and its own connection to the upstream apart, from the bytes of both. */
export class ConnectionRecorder {
  readonly #events: ConnectionRecorderEvents
  readonly #open: OpenExchange[] = []
  readonly #requests: MessageReader
  readonly #responses: MessageReader
  #uploading: OpenExchange | undefined
  #before: Recording | undefined
  #over = false

  constructor(events: ConnectionRecorderEvents) {
    this.#events = events
    this.#requests = new MessageReader(requestLength, {
      onHead: (lines) => this.#begin(lines[0] ?? ''),
      onBody: (bytes) => this.#upload(bytes),
      onChunkStart: nothing,
      onChunkEnd: nothing,
      onLastChunk: nothing,
      onMessage: () => {
        if (this.#uploading !== undefined) this.#uploading.requestWhole = true
        this.#uploading = undefined
      },
      onUnreadable: () => this.drop('the client does not speak HTTP/1.1'),
    })
    this.#responses = new MessageReader((lines) => responseLength(lines, this.#open[0]?.method ?? 'GET'), {
      onHead: (lines) => this.#add({ kind: 'head', atMs: this.#now(), status: statusOf(lines) ?? 0, lines }),
      onBody: (bytes) => this.#addBytes(bytes),
      onChunkStart: (size) => this.#add({ kind: 'chunk', atMs: this.#now(), size, pieces: [], whole: false }),
      onChunkEnd: () => this.#closeChunk(),
      onLastChunk: () => this.#add({ kind: 'last-chunk', atMs: this.#now() }),
      onMessage: () => this.#end('framing'),
      onUnreadable: () => this.drop('the upstream does not speak HTTP/1.1'),
    })
  }

  /** Between two requests: the next byte of the client begins a head. */
  get atRequestStart(): boolean {
    return this.#requests.idle
  }

  /** Without an exchange under way, the end of the connection is nobody's failure. */
  get busy(): boolean {
    return this.#open.length > 0
  }

  fromClient(bytes: Buffer): void {
    if (!this.#over) this.#requests.feed(bytes)
  }

  fromUpstream(bytes: Buffer): void {
    if (!this.#over) this.#responses.feed(bytes)
  }

  /** The connection is over, by whom `kind` says; ends every exchange that is open. */
  end(kind: Exclude<EndKind, 'framing'>): void {
    if (this.#over) return
    this.#end(kind)
    while (this.#open.length > 0) this.#end(kind)
    this.#over = true
  }

  /** Records nothing more of this connection. */
  drop(why: string): void {
    if (this.#over) return
    this.#over = true
    this.#open.length = 0
    this.#events.onSkipped(why)
  }

  #begin(requestLine: string): void {
    const [method = '', target = ''] = requestLine.split(' ')
    this.#uploading = {
      method,
      target,
      startedAt: performance.now(),
      hash: createHash('sha256'),
      body: [],
      bodyBytes: 0,
      requestWhole: false,
      answer: [],
      answerBytes: 0,
      partBytes: 0,
    }
    this.#open.push(this.#uploading)
  }

  #upload(bytes: Buffer): void {
    const exchange = this.#uploading
    if (exchange === undefined) return
    exchange.hash.update(bytes)
    exchange.bodyBytes += bytes.length
    if (exchange.bodyBytes <= MAX_REQUEST_BYTES) exchange.body.push(bytes)
    else exchange.body = []
  }

  #now(): number {
    return performance.now() - (this.#open[0]?.startedAt ?? performance.now())
  }

  #add(part: AnswerPart): void {
    const exchange = this.#open[0]
    if (exchange === undefined) return
    exchange.partBytes += PART_BYTES
    if (isTooLarge(exchange)) exchange.answer = []
    else exchange.answer.push(part)
  }

  #addBytes(bytes: Buffer): void {
    const exchange = this.#open[0]
    if (exchange === undefined) return
    exchange.answerBytes += bytes.length
    exchange.partBytes += PART_BYTES
    if (isTooLarge(exchange)) return void (exchange.answer = [])
    const last = exchange.answer.at(-1)
    const piece = { atMs: this.#now(), bytes }
    if (last?.kind === 'chunk' && !last.whole)
      exchange.answer.splice(-1, 1, { ...last, pieces: [...last.pieces, piece] })
    else exchange.answer.push({ kind: 'raw', ...piece })
  }

  #closeChunk(): void {
    const answer = this.#open[0]?.answer
    const last = answer?.at(-1)
    if (answer !== undefined && last?.kind === 'chunk') answer.splice(-1, 1, { ...last, whole: true })
  }

  #end(kind: EndKind): void {
    const exchange = this.#open.shift()
    if (exchange === undefined) return
    if (isTooLarge(exchange)) {
      this.#before = undefined
      return this.#events.onSkipped(`an answer of more than ${MAX_ANSWER_BYTES} bytes, or of too many parts`)
    }
    const recording = toRecording(exchange, kind, this.#before)
    this.#before = kind === 'framing' ? { ...recording, before: undefined } : undefined
    this.#events.onRecording(recording)
  }
}

function isTooLarge({ answerBytes, partBytes }: OpenExchange): boolean {
  return answerBytes > MAX_ANSWER_BYTES || partBytes > MAX_ANSWER_BYTES * 2
}

function toRecording(exchange: OpenExchange, kind: EndKind, before: Recording | undefined): Recording {
  const body = Buffer.concat(exchange.body)
  const whole = exchange.requestWhole && body.length === exchange.bodyBytes
  return {
    dialect: dialectOfPath(exchange.target),
    request: {
      method: exchange.method,
      target: exchange.target,
      bodyBytes: exchange.bodyBytes,
      bodySha256_16: exchange.requestWhole ? exchange.hash.digest('hex').slice(0, 16) : undefined,
      shape: whole ? shapeOf(body) : undefined,
      wantsStream: isStreamWanted(exchange.target, body),
      hasTools: body.includes('"tools"'),
    },
    answer: exchange.answer,
    end: { kind, atMs: performance.now() - exchange.startedAt },
    before,
    seenBy: 'tap',
  }
}

function isStreamWanted(target: string, body: Buffer): boolean {
  return target.includes(':streamGenerateContent') || /"stream"\s*:\s*true/.test(body.toString('latin1'))
}

function nothing(): void {}

/** Milliseconds since the last byte of the answer, or since the request when none came. */
export function silenceBeforeEnd({ answer, end }: Recording): number {
  const last = answer.at(-1)
  if (last === undefined) return end.atMs
  return end.atMs - (last.kind === 'chunk' ? (last.pieces.at(-1)?.atMs ?? last.atMs) : last.atMs)
}
