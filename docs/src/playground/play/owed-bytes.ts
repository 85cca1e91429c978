import type { Origin } from './timeline.ts'

/** Upstream bytes that the client has not been given yet: tells whether what it is given is the upstream's own. */
export class OwedBytes {
  #parts: Uint8Array[] = []
  byteLength = 0

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.byteLength += bytes.byteLength
  }

  /**
   * Takes what is handed to the client off what is owed, if it is the same. A last event that lacked no more than the end of
   * its line still counts as the upstream's.
   */
  take(bytes: Uint8Array): Origin {
    const matched = this.#match(bytes)
    const isWhole = matched === bytes.byteLength
    const isTail =
      matched > 0 && matched === this.byteLength && bytes.subarray(matched).every((byte) => byte === 10 || byte === 13)
    if (!isWhole && !isTail) return 'proxy'
    this.#drop(matched)
    return 'upstream'
  }

  #match(bytes: Uint8Array): number {
    let matched = 0
    for (const part of this.#parts) {
      for (let i = 0; i < part.byteLength; i++, matched++) {
        if (matched === bytes.byteLength || part[i] !== bytes[matched]) return matched
      }
    }
    return matched
  }

  #drop(byteLength: number): void {
    this.byteLength -= byteLength
    let left = byteLength
    while (left > 0) {
      const [first] = this.#parts
      if (first === undefined) return
      if (first.byteLength > left) this.#parts[0] = first.subarray(left)
      else this.#parts.shift()
      left -= Math.min(left, first.byteLength)
    }
  }
}
