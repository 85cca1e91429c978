import { decodersOf, type MakeDecoder } from './content-codings.ts'
import { errorCode, poolError } from './pool-error.ts'

/** Where the decoded body goes, in this order: chunks, then one end or one fault. */
export interface DecodedBody {
  chunk(bytes: Uint8Array): void
  end(): void
  fault(error: unknown): void
  /** The decoder took in what it was given: it is no longer `full`. */
  drain(): void
}

/** Takes the bytes of a body as they came and hands them on decoded, as soon as they can be and as fast as they are wanted. */
export interface BodyDecoder {
  /** Whether to wait for `drain` before the next `write`. */
  readonly full: boolean
  write(bytes: Uint8Array): void
  /** The body is over; it is a fault if the coding is not. */
  end(): void
  /** The transport failed. What can be decoded of the bytes so far comes first. */
  fault(error: unknown): void
  pause(): void
  resume(): void
  /** Nothing is handed on from now on. */
  destroy(): void
}

/** Makes the decoder for the value of a `Content-Encoding` field; `undefined` if it cannot be decoded here. */
export function createBodyDecoder(contentEncoding: string, body: DecodedBody): BodyDecoder | undefined {
  const decoders = decodersOf(contentEncoding)
  return decoders === undefined ? undefined : chain(decoders, body)
}

/** Each decoder feeds the next one, and is paused while that one is full. */
function chain([make, ...others]: readonly MakeDecoder[], body: DecodedBody): BodyDecoder | undefined {
  if (make === undefined) return undefined
  const next = chain(others, {
    chunk: (bytes) => body.chunk(bytes),
    end: () => body.end(),
    fault: (error) => body.fault(error),
    drain: () => decoder.resume(),
  })
  if (next === undefined) return new CodingDecoder(make, body)
  const decoder = new CodingDecoder(make, {
    chunk: (bytes) => {
      next.write(bytes)
      if (next.full) decoder.pause()
    },
    end: () => next.end(),
    fault: (error) => next.fault(error),
    drain: () => body.drain(),
  })
  return {
    get full() {
      return decoder.full
    },
    write: (bytes) => decoder.write(bytes),
    end: () => decoder.end(),
    fault: (error) => decoder.fault(error),
    pause: () => next.pause(),
    resume: () => next.resume(),
    destroy: () => {
      decoder.destroy()
      next.destroy()
    },
  }
}

type Zlib = ReturnType<MakeDecoder>
type Close = { readonly by: 'end' } | { readonly by: 'fault'; readonly error: unknown }

/** Decodes one coding with a stream of node:zlib, made when the first byte comes. */
class CodingDecoder implements BodyDecoder {
  readonly #make: MakeDecoder
  readonly #body: DecodedBody
  #zlib: Zlib | undefined
  #paused = false
  #fedBytes = 0
  /** Writes that are not decoded yet, or whose output is not taken yet. */
  #pendingWrites = 0
  #close: Close | undefined
  #over = false

  constructor(make: MakeDecoder, body: DecodedBody) {
    this.#make = make
    this.#body = body
  }

  get full(): boolean {
    return this.#zlib?.writableNeedDrain ?? false
  }

  write(bytes: Uint8Array): void {
    const [first] = bytes
    if (first === undefined || this.#over) return
    this.#zlib ??= this.#open(first)
    this.#fedBytes += bytes.byteLength
    this.#pendingWrites++
    this.#zlib.write(bytes, () => {
      this.#pendingWrites--
      this.#closeWhenEmpty()
    })
  }

  end(): void {
    this.#close ??= { by: 'end' }
    this.#closeWhenEmpty()
  }

  fault(error: unknown): void {
    this.#close ??= { by: 'fault', error }
    this.#closeWhenEmpty()
  }

  pause(): void {
    this.#paused = true
    this.#zlib?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#zlib?.resume()
  }

  destroy(): void {
    this.#over = true
    this.#zlib?.destroy()
  }

  #open(firstByte: number): Zlib {
    const zlib = this.#make(firstByte)
    if (this.#paused) zlib.pause()
    return zlib
      .on('data', (bytes: Uint8Array) => {
        if (this.#over) return
        this.#body.chunk(bytes)
        this.#closeWhenEmpty()
      })
      .on('drain', () => !this.#over && this.#body.drain())
      .on('end', () => this.#ended(zlib))
      .on('error', (error) => this.#fault(toDecodeError(error)))
  }

  /**
   * An error of zlib's drops what it has decoded and nobody has taken, so it is asked for its verdict only when nothing is
   * left. Bytes that came after the end of the coding are left out by some codings; the count tells.
   */
  #closeWhenEmpty(): void {
    if (this.#over || this.#close === undefined || this.#pendingWrites > 0) return
    if (this.#zlib !== undefined && (this.#zlib.readableLength > 0 || this.#zlib.writableEnded)) return
    if (this.#close.by === 'fault') this.#fault(this.#close.error)
    else if (this.#zlib !== undefined) this.#zlib.end()
    else this.#finish()
  }

  #ended({ bytesWritten }: Zlib): void {
    if (this.#close?.by === 'end' && bytesWritten === this.#fedBytes) this.#finish()
    else this.#fault(poolError('Z_DATA_ERROR', 'There are bytes after the end of the coded body'))
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#body.end()
  }

  #fault(error: unknown): void {
    if (this.#over) return
    this.destroy()
    this.#body.fault(error)
  }
}

function toDecodeError(error: unknown): unknown {
  const code = errorCode(error)
  if (code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR') return error
  return poolError('Z_DATA_ERROR', 'The coded body is corrupt', error)
}
