/** Up to here a copy of the bytes costs less than a view of them does. */
const SMALL_BYTES = 1_024

const NOTHING = new Uint8Array(0)
const copy = new Uint8Array(SMALL_BYTES)
const viewOfCopy = new DataView(copy.buffer)

/**
 * A view of the bytes, to read several of them at once; offsets are the same. Good until the next call: a view of its own
 * costs as much as a look at a whole event, and many chunks hold no more than one, so small chunks share one view.
 */
export function viewOnce(bytes: Uint8Array): DataView {
  if (bytes.byteLength > SMALL_BYTES) return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  copy.set(bytes)
  return viewOfCopy
}

/**
 * Bytes to compare with, eight at a time, as the doubles that they are: one by one, this would be most of what an event costs.
 * Two doubles are equal only if their bytes are, but for the two zeros: no pattern may have a NUL byte in it. What is no
 * number equals nothing, not even itself.
 */
export class BytePattern {
  readonly byteLength: number
  /** From the last eight bytes to the first, as the last ones mostly tell events apart. The last word may overlap another. */
  readonly #words: Float64Array
  /** All of them if they do not make a word. */
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.byteLength = bytes.byteLength
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const isShort = bytes.byteLength < 8
    // `slice` of a Node Buffer is no copy: the pattern would keep a whole chunk alive, and change with it.
    this.#bytes = isShort ? new Uint8Array(bytes) : NOTHING
    this.#words = new Float64Array(isShort ? 0 : Math.ceil(bytes.byteLength / 8))
    for (let i = 0; i < this.#words.length; i++) {
      this.#words[i] = view.getFloat64(Math.max(0, bytes.byteLength - 8 * (i + 1)), true)
    }
  }

  /** Whether these bytes stand at `at`, and end at `limit` or before it. */
  isAt(view: DataView, at: number, limit: number): boolean {
    let wordAt = at + this.byteLength
    if (wordAt > limit) return false
    const words = this.#words
    const last = words.length - 1
    if (last === -1) return this.#isShortAt(view, at)
    for (let i = 0; i < last; i++) {
      wordAt -= 8
      if (view.getFloat64(wordAt, true) !== words[i]) return false
    }
    return view.getFloat64(at, true) === words[last]
  }

  #isShortAt(view: DataView, at: number): boolean {
    const bytes = this.#bytes
    for (let i = 0; i < bytes.length; i++) if (view.getUint8(at + i) !== bytes[i]) return false
    return true
  }
}
