/** What a reader tells, in the order of the wire. */
export interface MessageEvents {
  /** Start line and headers, without the blank line. */
  onHead(head: string): void
  /** Decoded bytes of the body, which are the caller's only until it returns. */
  onBody(bytes: Buffer): void
  onEnd(): void
}

type Part =
  | { readonly part: 'head' }
  | { readonly part: 'fixed'; left: number }
  | { readonly part: 'chunk-size' }
  | { readonly part: 'chunk'; left: number }
  | { readonly part: 'after-chunk' }
  | { readonly part: 'trailer' }
  | { readonly part: 'until-close' }

const HEAD: Part = { part: 'head' }
const CHUNK_SIZE: Part = { part: 'chunk-size' }
const AFTER_CHUNK: Part = { part: 'after-chunk' }
const TRAILER: Part = { part: 'trailer' }
const UNTIL_CLOSE: Part = { part: 'until-close' }
const NOTHING = Buffer.alloc(0)

/**
 * Reads HTTP/1.1 messages one after the other from a connection: only as much of the protocol as both ends of the benchmark
 * speak, so that they cost less than what is measured between them. Throws an `Error` for what is no HTTP.
 */
export class MessageReader {
  readonly #events: MessageEvents
  readonly #bodyless: 'fixed' | 'until-close'
  #part: Part = HEAD
  #rest: Buffer = NOTHING

  /** @param side `request`: a message that states no length has no body; a `response` goes on until the connection closes. */
  constructor(side: 'request' | 'response', events: MessageEvents) {
    this.#events = events
    this.#bodyless = side === 'request' ? 'fixed' : 'until-close'
  }

  /** Between two messages, or in a body that the end of the connection ends. */
  get mayClose(): boolean {
    return this.#part === UNTIL_CLOSE || (this.#part === HEAD && this.#rest.length === 0)
  }

  push(bytes: Buffer): void {
    const chunk = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    this.#rest = NOTHING
    let at = 0
    while (at < chunk.length) {
      const next = this.#step(chunk, at)
      if (next === undefined) {
        this.#rest = chunk.subarray(at)
        return
      }
      at = next
    }
  }

  /** The connection has ended. */
  end(): void {
    if (this.#part === UNTIL_CLOSE) this.#finish()
  }

  /** Reads one part from `at`, and answers with its end; `undefined` if that is not there yet. */
  #step(chunk: Buffer, at: number): number | undefined {
    const part = this.#part
    switch (part.part) {
      case 'head':
        return this.#readHead(chunk, at)
      case 'fixed':
      case 'chunk': {
        const end = Math.min(chunk.length, at + part.left)
        part.left -= end - at
        this.#events.onBody(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end))
        if (part.left > 0) return end
        if (part.part === 'fixed') this.#finish()
        else this.#part = AFTER_CHUNK
        return end
      }
      case 'chunk-size':
        return this.#readSize(chunk, at)
      case 'after-chunk':
        if (chunk.length - at < 2) return undefined
        this.#part = CHUNK_SIZE
        return at + 2
      case 'trailer': {
        const end = chunk.indexOf('\r\n', at)
        if (end === -1) return undefined
        if (end === at) this.#finish()
        return end + 2
      }
      case 'until-close':
        this.#events.onBody(at === 0 ? chunk : chunk.subarray(at))
        return chunk.length
    }
  }

  #readHead(chunk: Buffer, at: number): number | undefined {
    const end = chunk.indexOf('\r\n\r\n', at)
    if (end === -1) return undefined
    const head = chunk.toString('latin1', at, end)
    this.#events.onHead(head)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN)
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) this.#part = CHUNK_SIZE
    else if (length > 0) this.#part = { part: 'fixed', left: length }
    else if (length === 0 || this.#bodyless === 'fixed') this.#finish()
    else this.#part = UNTIL_CLOSE
    return end + 4
  }

  #readSize(chunk: Buffer, at: number): number | undefined {
    let size = 0
    for (let i = at; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0
      if (byte === 13) {
        if (i + 1 >= chunk.length) return undefined
        this.#part = size === 0 ? TRAILER : { part: 'chunk', left: size }
        return i + 2
      }
      const digit = hexDigit(byte)
      if (digit === -1) throw new Error(`Cannot read chunk size: byte ${byte}`)
      size = size * 16 + digit
    }
    return undefined
  }

  #finish(): void {
    this.#part = HEAD
    this.#events.onEnd()
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
