import { headerIn } from '../recording.ts'

/** What a reader tells, in the order of the wire. Bytes are the feeder's; they are not copied. */
export interface MessageEvents {
  /** `raw`: the head's bytes, with the blank line. */
  onHead(lines: readonly string[], raw: Buffer): void
  /** Body bytes without framing. */
  onBody(bytes: Buffer): void
  /** A chunk's header was read; its bytes follow. */
  onChunkStart(size: number): void
  /** The chunk is whole, with its CRLF. */
  onChunkEnd(): void
  /** The last chunk and its trailers were read. */
  onLastChunk(): void
  /** The message is whole by its own framing. */
  onMessage(): void
  /** This is no HTTP/1.1, or has become something else: nothing more is told of this connection. */
  onUnreadable(): void
}

/** How long a message's body is, by its head. */
export type BodyLength = 'none' | 'chunked' | 'to-the-end' | 'unreadable' | number

type State =
  | { readonly phase: 'head' }
  | { readonly phase: 'counted'; left: number }
  | { readonly phase: 'chunk-size' }
  | { readonly phase: 'chunk-bytes'; left: number }
  | { readonly phase: 'chunk-crlf' }
  | { readonly phase: 'trailers' }
  | { readonly phase: 'to-the-end' }
  | { readonly phase: 'unreadable' }

const MAX_HEAD_BYTES = 256 * 1024
const MAX_LINE_BYTES = 16 * 1024
const EMPTY = Buffer.alloc(0)

/**
 * Reads HTTP/1.1 messages off one direction of a connection, cut anywhere, and keeps the boundaries that HTTP libraries throw
 * away. It changes nothing and throws nothing: what it cannot read it says once, and then lets everything pass.
 */
export class MessageReader {
  readonly #events: MessageEvents
  readonly #lengthOf: (lines: readonly string[]) => BodyLength | 'interim'
  #state: State = { phase: 'head' }
  #held: Buffer = EMPTY

  constructor(lengthOf: (lines: readonly string[]) => BodyLength | 'interim', events: MessageEvents) {
    this.#lengthOf = lengthOf
    this.#events = events
  }

  /** Between two messages, with nothing of the next one read. */
  get idle(): boolean {
    return this.#state.phase === 'head' && this.#held.length === 0
  }

  get readable(): boolean {
    return this.#state.phase !== 'unreadable'
  }

  /** The body goes on until the connection ends, and that ends it rightly. */
  get endsWithConnection(): boolean {
    return this.#state.phase === 'to-the-end'
  }

  feed(bytes: Buffer): void {
    let rest: Buffer | undefined = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    this.#held = EMPTY
    while (rest !== undefined && rest.length > 0) rest = this.#step(rest)
  }

  /** Takes what it can off the front; undefined when it needs more. */
  #step(bytes: Buffer): Buffer | undefined {
    switch (this.#state.phase) {
      case 'head':
        return this.#readHead(bytes)
      case 'counted':
        return this.#readCounted(this.#state, bytes)
      case 'chunk-size':
        return this.#readChunkSize(bytes)
      case 'chunk-bytes':
        return this.#readChunkBytes(this.#state, bytes)
      case 'chunk-crlf':
        return this.#readChunkEnd(bytes)
      case 'trailers':
        return this.#readTrailers(bytes)
      case 'to-the-end':
        this.#events.onBody(bytes)
        return undefined
      case 'unreadable':
        return undefined
    }
  }

  #readHead(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return bytes.length > MAX_HEAD_BYTES ? this.#giveUp() : this.#hold(bytes)
    const lines = bytes.toString('latin1', 0, end).split('\r\n')
    const length = this.#lengthOf(lines)
    if (length === 'unreadable') return this.#giveUp()
    this.#events.onHead(lines, bytes.subarray(0, end + 4))
    if (length === 'interim') this.#state = { phase: 'head' }
    else if (length === 'chunked') this.#state = { phase: 'chunk-size' }
    else if (length === 'to-the-end') this.#state = { phase: 'to-the-end' }
    else if (length === 'none' || length === 0) this.#finish()
    else this.#state = { phase: 'counted', left: length }
    return bytes.subarray(end + 4)
  }

  #readCounted(state: { left: number }, bytes: Buffer): Buffer {
    const taken = bytes.subarray(0, state.left)
    state.left -= taken.length
    this.#events.onBody(taken)
    if (state.left === 0) this.#finish()
    return bytes.subarray(taken.length)
  }

  #readChunkSize(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf('\r\n')
    if (end < 0) return bytes.length > MAX_LINE_BYTES ? this.#giveUp() : this.#hold(bytes)
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(bytes.toString('latin1', 0, end))?.[1]
    if (size === undefined) return this.#giveUp()
    const left = Number.parseInt(size, 16)
    if (left === 0) this.#state = { phase: 'trailers' }
    else {
      this.#state = { phase: 'chunk-bytes', left }
      this.#events.onChunkStart(left)
    }
    return bytes.subarray(end + 2)
  }

  #readChunkBytes(state: { left: number }, bytes: Buffer): Buffer {
    const taken = bytes.subarray(0, state.left)
    state.left -= taken.length
    this.#events.onBody(taken)
    if (state.left === 0) this.#state = { phase: 'chunk-crlf' }
    return bytes.subarray(taken.length)
  }

  #readChunkEnd(bytes: Buffer): Buffer | undefined {
    if (bytes.length < 2) return this.#hold(bytes)
    if (bytes[0] !== 13 || bytes[1] !== 10) return this.#giveUp()
    this.#state = { phase: 'chunk-size' }
    this.#events.onChunkEnd()
    return bytes.subarray(2)
  }

  #readTrailers(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf('\r\n')
    if (end < 0) return bytes.length > MAX_LINE_BYTES ? this.#giveUp() : this.#hold(bytes)
    if (end === 0) {
      this.#events.onLastChunk()
      this.#finish()
    }
    return bytes.subarray(end + 2)
  }

  #finish(): void {
    this.#state = { phase: 'head' }
    this.#events.onMessage()
  }

  #hold(bytes: Buffer): undefined {
    this.#held = bytes
  }

  #giveUp(): undefined {
    this.#state = { phase: 'unreadable' }
    this.#events.onUnreadable()
  }
}

/** The body length of a request (RFC 9112, 6.3). */
export function requestLength(lines: readonly string[]): BodyLength {
  if (!/^[A-Z-]+ \S+ HTTP\/1\.[01]$/.test(lines[0] ?? '') || lines[0]?.startsWith('CONNECT ') === true)
    return 'unreadable'
  return declaredLength(lines) ?? 'none'
}

/** The body length of a response to a request of `method` (RFC 9112, 6.3). */
export function responseLength(lines: readonly string[], method: string): BodyLength | 'interim' {
  const status = statusOf(lines)
  if (status === undefined || status === 101) return 'unreadable'
  if (status < 200) return 'interim'
  if (method === 'HEAD' || status === 204 || status === 304) return 'none'
  return declaredLength(lines) ?? 'to-the-end'
}

/** The status of a response's head; undefined when it is none. */
export function statusOf(lines: readonly string[]): number | undefined {
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(lines[0] ?? '')?.[1]
  return status === undefined ? undefined : Number(status)
}

function declaredLength(lines: readonly string[]): BodyLength | undefined {
  const coding = headerIn(lines, 'transfer-encoding')
  if (coding !== undefined) return /(?:^|,)\s*chunked$/i.test(coding) ? 'chunked' : 'to-the-end'
  const length = headerIn(lines, 'content-length')
  if (length === undefined) return undefined
  return /^\d{1,15}$/.test(length) ? Number(length) : 'unreadable'
}
