import type { LineEnding } from './event-framer.ts'
import type { Framer } from './framer.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Finds where the elements of one top-level JSON array end, in bytes that arrive in any chunking.
 *
 * A unit is an element with all that stands before it: the `[` or the separator, and white space. The last unit is the
 * closing `]`. So what was handed out is a valid array but for its `]`, and `,{…}]` continues it:
 *
 *     [{…}   \r\n,{…}   \r\n,{…}   \r\n]\n
 *
 * White space behind the `]` belongs to it as far as it is in the same chunk. A top-level value that is no array is one unit.
 * Nothing is validated: brackets are counted, strings and their escapes are skipped, and a multi-byte character contains no
 * byte that means something here. Between chunks the framer keeps only where it stands.
 */
export class JsonArrayFramer implements Framer {
  /** What Google writes between elements; white space means nothing in JSON, so it is not followed. */
  readonly lineEnding: LineEnding = '\r\n'
  readonly awaitsLf = false
  /** A unit is over with its last bracket. */
  readonly missingEnd = ''

  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  /** Where the next quote and backslash of the chunk are known to be; behind `#at` means not searched yet. */
  #nextQuote = -1
  #nextBackslash = -1

  #position: 'outside' | 'value' | 'string' | 'escape' | 'behind' = 'outside'
  #depth = 0
  /** The depth at which a unit has ended: 1 between the elements of an array, 0 behind any other value. */
  #unitDepth = 0

  load(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
    this.#nextQuote = -1
    this.#nextBackslash = -1
  }

  get canSkip(): boolean {
    return this.#position === 'value' && this.#depth === 1 && this.#unitDepth === 1
  }

  skipTo(end: number): void {
    this.#at = end
  }

  nextEnd(): number {
    const chunk = this.#chunk
    while (this.#at < chunk.length) {
      if (this.#position === 'string') this.#skipString()
      else if (this.#position === 'escape') {
        this.#at++
        this.#position = 'string'
      } else if (this.#position === 'behind') {
        // Bytes behind the end of the array are none of its own, but they are not this framer's to hold back.
        this.#at = chunk.length
        return this.#at
      } else if (this.#endsUnit()) return this.#at
    }
    return -1
  }

  /** Goes on, outside of strings, to the end of a unit, the start of a string or the end of the chunk. */
  #endsUnit(): boolean {
    const chunk = this.#chunk
    while (this.#at < chunk.length) {
      const byte = chunk[this.#at++]
      if (byte === QUOTE) {
        this.#position = 'string'
        return false
      }
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.#position === 'outside') this.#unitDepth = byte === OPEN_BRACKET ? 1 : 0
        this.#position = 'value'
        this.#depth++
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth--
        if (this.#depth <= 0) {
          this.#position = 'behind'
          this.#skipWhiteSpace()
          return true
        }
        if (this.#depth === this.#unitDepth) return true
      }
    }
    return false
  }

  /** Text is most of a chunk, and images are nearly all of it: two native searches jump over it. */
  #skipString(): void {
    if (this.#nextQuote < this.#at) this.#nextQuote = indexOrLength(this.#chunk, QUOTE, this.#at)
    if (this.#nextBackslash < this.#at) this.#nextBackslash = indexOrLength(this.#chunk, BACKSLASH, this.#at)
    if (this.#nextBackslash < this.#nextQuote) {
      this.#at = this.#nextBackslash + 1
      this.#position = 'escape'
    } else if (this.#nextQuote < this.#chunk.length) {
      this.#at = this.#nextQuote + 1
      this.#position = this.#depth === 0 ? 'outside' : 'value'
    } else this.#at = this.#chunk.length
  }

  #skipWhiteSpace(): void {
    const chunk = this.#chunk
    while (isWhiteSpace(chunk[this.#at])) this.#at++
  }
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function indexOrLength(chunk: Uint8Array, byte: number, from: number): number {
  const index = chunk.indexOf(byte, from)
  return index === -1 ? chunk.length : index
}
