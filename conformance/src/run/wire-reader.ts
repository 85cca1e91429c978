import { BodyDecoder, type BodyFraming } from './body-decoder.ts'
import { headerOf, parseHead, type MessageHead } from './parse-head.ts'

/** A response head as the client reads it. */
export interface ResponseHead extends MessageHead {
  readonly status: number
}

/** Where the reader stands in one response. */
export type ReaderState =
  | { readonly phase: 'head' }
  | { readonly phase: 'body'; readonly head: ResponseHead }
  | { readonly phase: 'complete'; readonly head: ResponseHead }
  | { readonly phase: 'broken'; readonly why: string; readonly head?: ResponseHead }

const EMPTY = Buffer.alloc(0)
/** No server has so much to say before its answer. */
const MAX_INTERIM = 100

/**
 * Reads one HTTP/1.1 response off a connection, cut anywhere. The suite's own reader: no HTTP library between the wire and the
 * verdict. Interim 1xx responses are skipped; bytes after the response come back from `feed`, for the next one.
 */
export class WireReader {
  #state: ReaderState = { phase: 'head' }
  #held: Buffer = EMPTY
  #interim = 0
  #decoder: BodyDecoder | undefined
  readonly #onBody: (bytes: Buffer) => void

  /** `onBody` gets body bytes without framing, as they come. */
  constructor(onBody: (bytes: Buffer) => void) {
    this.#onBody = onBody
  }

  get state(): ReaderState {
    return this.#state
  }

  /** Takes bytes; returns those that belong to no body of this response. Never throws: malformed bytes lead to `broken`. */
  feed(bytes: Buffer): Buffer {
    if (this.#state.phase === 'head') return this.#feedHead(bytes)
    if (this.#state.phase === 'body') return this.#feedBody(bytes, this.#state.head)
    return this.#state.phase === 'complete' ? bytes : EMPTY
  }

  /** The peer has sent FIN: the proper end of a body that is delimited by close, and of no other. */
  finish(): void {
    const state = this.#state
    if (state.phase === 'body' && this.#decoder?.framing.kind === 'until-close')
      this.#state = { phase: 'complete', head: state.head }
  }

  #feedHead(bytes: Buffer): Buffer {
    this.#held = Buffer.concat([this.#held, bytes])
    const result = parseHead(this.#held)
    if (result.kind === 'more') return EMPTY
    if (result.kind === 'broken') return this.#break(result.why)
    const status = Number(/^HTTP\/1\.[01] (\d{3})( |$)/.exec(result.head.startLine)?.[1])
    if (!(status >= 100)) return this.#break(`status line ${JSON.stringify(result.head.startLine.slice(0, 60))}`)
    this.#held = EMPTY
    if (status < 200 && status !== 101) {
      this.#interim += 1
      return this.#interim > MAX_INTERIM
        ? this.#break(`more than ${MAX_INTERIM} interim responses`)
        : this.#feedHead(result.rest)
    }
    const head: ResponseHead = { ...result.head, status }
    const framing = responseFraming(head)
    if (framing.kind === 'broken') return this.#break(framing.why, head)
    this.#decoder = new BodyDecoder(framing)
    this.#state = { phase: 'body', head }
    return this.#feedBody(result.rest, head)
  }

  #feedBody(bytes: Buffer, head: ResponseHead): Buffer {
    try {
      const decoded = this.#decoder?.feed(bytes)
      if (decoded === undefined) return EMPTY
      if (decoded.body.length > 0) this.#onBody(decoded.body)
      if (decoded.done) this.#state = { phase: 'complete', head }
      return decoded.rest
    } catch (error) {
      return this.#break((error as Error).message, head)
    }
  }

  #break(why: string, head?: ResponseHead): Buffer {
    this.#state = head === undefined ? { phase: 'broken', why } : { phase: 'broken', why, head }
    return EMPTY
  }
}

/** Source: RFC 9112, 6.1 to 6.3. Where two readers could part, the framing is broken: a proxy behind would see another body. */
function responseFraming(head: ResponseHead): BodyFraming | { readonly kind: 'broken'; readonly why: string } {
  if (head.status === 204 || head.status === 304) return { kind: 'length', bytes: 0 }
  const lengths = new Set(head.headers.filter(([name]) => name === 'content-length').map(([, value]) => value))
  const [length] = lengths
  if (headerOf(head, 'transfer-encoding')?.toLowerCase().split(',').at(-1)?.trim() === 'chunked')
    return length === undefined ? { kind: 'chunked' } : { kind: 'broken', why: 'content-length beside chunks' }
  if (length === undefined) return { kind: 'until-close' }
  if (lengths.size > 1) return { kind: 'broken', why: 'two content-lengths that differ' }
  return /^\d+$/.test(length)
    ? { kind: 'length', bytes: Number(length) }
    : { kind: 'broken', why: 'content-length is no number' }
}
