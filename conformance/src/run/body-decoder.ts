/** How the end of a body is told. */
export type BodyFraming =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }

/** What one feed of bytes brought. `rest` are bytes beyond the body, only with `done`. */
export interface DecodedBody {
  readonly body: Buffer
  readonly rest: Buffer
  readonly done: boolean
}

/** The bytes are not what their framing says. */
class FramingError extends Error {
  override readonly name = 'FramingError'
}

const EMPTY = Buffer.alloc(0)
/** Of a chunk's size line, and of a trailer. */
const MAX_LINE_BYTES = 16 * 1024
const MAX_TRAILERS = 256

type ChunkState = { readonly at: 'size' } | { readonly at: 'data'; readonly left: number } | { readonly at: 'trailers' }

/** Takes HTTP/1.1 body framing off, however the bytes are cut. `feed` throws a `FramingError` on malformed chunks. */
export class BodyDecoder {
  readonly framing: BodyFraming
  #left: number
  #held: Buffer = EMPTY
  #chunk: ChunkState = { at: 'size' }
  #trailers = 0

  constructor(framing: BodyFraming) {
    this.framing = framing
    this.#left = framing.kind === 'length' ? framing.bytes : 0
  }

  feed(bytes: Buffer): DecodedBody {
    switch (this.framing.kind) {
      case 'until-close':
        return { body: bytes, rest: EMPTY, done: false }
      case 'length': {
        const body = bytes.subarray(0, this.#left)
        this.#left -= body.length
        return { body, rest: bytes.subarray(body.length), done: this.#left === 0 }
      }
      case 'chunked':
        return this.#feedChunked(bytes)
    }
  }

  #feedChunked(bytes: Buffer): DecodedBody {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    const parts: Buffer[] = []
    for (;;) {
      const step = this.#stepChunk()
      if (step === 'more') return { body: Buffer.concat(parts), rest: EMPTY, done: false }
      if (step === 'done') return { body: Buffer.concat(parts), rest: this.#held, done: true }
      parts.push(step)
    }
  }

  #stepChunk(): Buffer | 'more' | 'done' {
    if (this.#chunk.at === 'data') return this.#takeData(this.#chunk.left)
    const line = this.#takeLine()
    if (line === undefined) return 'more'
    if (this.#chunk.at === 'trailers') return line === '' ? 'done' : this.#countTrailer()
    const size = /^0*([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1]
    if (size === undefined) throw new FramingError(`chunk size line ${JSON.stringify(line.slice(0, 40))}`)
    const length = Number.parseInt(size, 16)
    this.#chunk = length === 0 ? { at: 'trailers' } : { at: 'data', left: length }
    return EMPTY
  }

  #takeData(left: number): Buffer | 'more' {
    if (left > 0) {
      if (this.#held.length === 0) return 'more'
      const part = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(part.length)
      this.#chunk = { at: 'data', left: left - part.length }
      return part
    }
    if (this.#held.length < 2) return 'more'
    if (this.#held.toString('latin1', 0, 2) !== '\r\n') throw new FramingError('no CRLF after chunk data')
    this.#held = this.#held.subarray(2)
    this.#chunk = { at: 'size' }
    return EMPTY
  }

  #countTrailer(): Buffer {
    this.#trailers += 1
    if (this.#trailers > MAX_TRAILERS) throw new FramingError(`more than ${MAX_TRAILERS} trailers`)
    return EMPTY
  }

  #takeLine(): string | undefined {
    const end = this.#held.indexOf('\r\n')
    if (end > MAX_LINE_BYTES || (end < 0 && this.#held.length > MAX_LINE_BYTES))
      throw new FramingError(`a line of over ${MAX_LINE_BYTES} bytes in the chunk framing`)
    if (end < 0) return undefined
    const line = this.#held.toString('latin1', 0, end)
    this.#held = this.#held.subarray(end + 2)
    return line
  }
}
