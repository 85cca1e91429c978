import type { Framer } from './framer.ts'

const LF = 10
const CR = 13

/** The line ending of a stream, as its own bytes show it. */
export type LineEnding = '\n' | '\r\n' | '\r'

/**
 * Finds where events end in bytes that arrive in any chunking.
 *
 * It knows lines and nothing else: an event ends after the line terminator of an empty line, whether lines end in LF, CR,
 * CRLF or a mix of them. A multi-byte character never contains 0x0A or 0x0D, so bytes are never decoded here.
 *
 * Between chunks the framer keeps only where it stands; the bytes stay with its caller.
 */
export class EventFramer implements Framer {
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  /** `undefined` as long as the chunk has not been searched for it. */
  #hasCr: boolean | undefined
  /** Where the next LF and CR of the chunk are known to be; behind `#at` means not searched yet. */
  #nextLf = -1
  #nextCr = -1

  /** No byte of the current line has been seen. */
  #lineIsEmpty = true
  /** The last byte was a CR: a LF that follows belongs to the same terminator. */
  #afterCr = false
  /** An empty line has ended in a CR, and a LF may still belong to it. */
  #blankAwaitsLf = false
  #lineEnding: LineEnding | undefined

  /** The line ending seen last; LF before any was seen. */
  get lineEnding(): LineEnding {
    return this.#lineEnding ?? '\n'
  }

  /** All bytes so far are whole events, except that a LF may still follow the last CR. */
  get awaitsLf(): boolean {
    return this.#blankAwaitsLf
  }

  get missingEnd(): string {
    if (this.#blankAwaitsLf) return '\n'
    if (!this.#lineIsEmpty) return this.lineEnding + this.lineEnding
    if (!this.#afterCr) return this.lineEnding
    // A CR that nothing has followed yet is half of a CRLF, unless the stream has shown that it is not.
    return this.#lineEnding === '\r' ? '\r' : '\n\r\n'
  }

  /** Takes the next chunk. `nextEnd` must have answered -1 for the one before. */
  load(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
    this.#nextLf = -1
    this.#nextCr = -1
    this.#hasCr = undefined
  }

  get canSkip(): boolean {
    return this.#lineIsEmpty && !this.#afterCr
  }

  skipTo(end: number): void {
    this.#at = end
    this.#lineEnding = this.#chunk[end - 2] === CR ? '\r\n' : '\n'
  }

  /**
   * The offset behind the next event that ends in the loaded chunk: `0` if it ended with the bytes before the chunk, `-1`
   * if the rest of the chunk belongs to an event that is still open. Each byte is looked at once.
   */
  nextEnd(): number {
    if (this.#hasCr === undefined) {
      if (this.#chunk.byteLength - this.#at >= LARGE_BYTES) this.#chunk = searchable(this.#chunk)
      // Nearly all LLM streams use LF alone, and a native search finds that out at a small part of the cost of a loop.
      this.#hasCr = this.#afterCr || this.#chunk.indexOf(CR, this.#at) !== -1
    }
    return this.#hasCr ? this.#nextEndInAnyLines() : this.#nextEndInLfLines()
  }

  /** A call of `indexOf` costs more than the bytes it looks at, so an empty line is seen by the byte behind the one before. */
  #nextEndInLfLines(): number {
    const chunk = this.#chunk
    let lineStart = this.#at
    if (lineStart === chunk.length) return -1
    if (this.#lineIsEmpty && chunk[lineStart] === LF) return this.#endAt(lineStart + 1)
    this.#lineIsEmpty = false
    for (;;) {
      const lf = chunk.indexOf(LF, lineStart)
      if (lf === -1) break
      lineStart = lf + 1
      if (chunk[lineStart] === LF) return this.#endAt(lineStart + 1)
      if (lineStart < chunk.length) continue
      this.#lineIsEmpty = true
      this.#lineEnding = '\n'
      break
    }
    this.#at = chunk.length
    return -1
  }

  #endAt(end: number): number {
    this.#at = end
    this.#lineIsEmpty = true
    this.#lineEnding = '\n'
    return end
  }

  #nextEndInAnyLines(): number {
    const chunk = this.#chunk
    while (this.#at < chunk.length) {
      const byte = chunk[this.#at]
      if (this.#afterCr) {
        const blank = this.#blankAwaitsLf
        this.#afterCr = false
        this.#blankAwaitsLf = false
        this.#lineEnding = byte === LF ? '\r\n' : '\r'
        if (byte === LF) this.#at++
        if (blank) return this.#at
        continue
      }
      if (byte !== LF && byte !== CR) {
        this.#lineIsEmpty = false
        this.#at = this.#nextTerminator()
        continue
      }
      this.#at++
      const blank = this.#lineIsEmpty
      this.#lineIsEmpty = true
      if (byte === LF) {
        this.#lineEnding = '\n'
        if (blank) return this.#at
      } else {
        this.#afterCr = true
        // In a stream of lone CRs the event ends here; otherwise the byte after the CR decides whose it is.
        if (blank && this.#lineEnding === '\r') return this.#at
        this.#blankAwaitsLf = blank
      }
    }
    return -1
  }

  #nextTerminator(): number {
    if (this.#nextLf < this.#at) this.#nextLf = indexOrLength(this.#chunk, LF, this.#at)
    if (this.#nextCr < this.#at) this.#nextCr = indexOrLength(this.#chunk, CR, this.#at)
    return Math.min(this.#nextLf, this.#nextCr)
  }
}

/** As far as it is needed here: this package compiles without Node's types. */
interface BufferClass {
  isBuffer(bytes: Uint8Array): boolean
  from(memory: ArrayBufferLike, at: number, byteLength: number): Uint8Array
}

const { Buffer } = globalThis as { Buffer?: BufferClass }
/** In less than this, to make a Buffer costs more than it saves. */
const LARGE_BYTES = 1_024

/** The same bytes. V8 looks for one in an ordinary `Uint8Array` step by step; Node, in its Buffer, sixteen at a time and more. */
function searchable(chunk: Uint8Array): Uint8Array {
  if (Buffer === undefined || Buffer.isBuffer(chunk)) return chunk
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

function indexOrLength(chunk: Uint8Array, byte: number, from: number): number {
  const index = chunk.indexOf(byte, from)
  return index === -1 ? chunk.length : index
}
