import { hasPrefix, toBytes } from '../../framing/bytes.ts'

/**
 * Finds what stands behind a JSON key in events that are alike, without decoding them. The key mostly stands where it stood in
 * the event before, so it is looked for there first.
 */
export class KeyPlace {
  readonly #key: Uint8Array
  /** From the start of an event. */
  #offset = 0

  constructor(key: string) {
    this.#key = toBytes(key)
  }

  /** Where the bytes behind the key begin; -1 if it is not there. */
  behind(bytes: Uint8Array, start: number, end: number): number {
    let at = start + this.#offset
    if (!hasPrefix(bytes, at, end, this.#key)) {
      at = start
      while (at < end && !hasPrefix(bytes, at, end, this.#key)) at++
      if (at === end) return -1
      this.#offset = at - start
    }
    return at + this.#key.byteLength
  }
}
