import { BytePattern, viewOnce } from '../../framing/byte-pattern.ts'
import { toBytes } from '../../framing/bytes.ts'
import { firstControl } from '../../framing/control-characters.ts'

/** How the API writes its most frequent event, up to its data. */
const HEAD = new BytePattern(toBytes('event: content_block_delta\ndata: {'))
/** The end of a delta that carries an empty string, in the field order that the API uses. */
const EMPTY_END = new BytePattern(toBytes(':""}}'))

const LF = 0x0a
const CR = 0x0d
/** Longer lines are left to a native search, which is faster on them. */
const MAX_LINE_BYTES = 2_048

/**
 * Knows deltas that need no look inside: once the first model data is through, a delta changes no state. One of them is a name, one
 * line of data and an empty line, and carries something.
 */
export class PlainDeltas {
  /** Model data has come, so that these events are plain. */
  areKnown = false
  #count = 0

  /** How many there were. Each of them is model data. */
  get count(): number {
    return this.#count
  }

  /** The end of those that follow each other from `from` on, where an event begins; `from` if there is none. */
  pass(bytes: Uint8Array, from: number): number {
    if (!this.areKnown) return from
    const view = viewOnce(bytes)
    const limit = bytes.length
    let at = from
    while (HEAD.isAt(view, at, limit)) {
      const lineEnd = firstControl(view, at + HEAD.byteLength, Math.min(limit, at + MAX_LINE_BYTES))
      const isWhole = lineEnd + 1 < limit && view.getUint8(lineEnd) === LF && view.getUint8(lineEnd + 1) === LF
      if (!isWhole || EMPTY_END.isAt(view, lineEnd - EMPTY_END.byteLength, lineEnd)) break
      at = lineEnd + 2
      this.#count++
    }
    return at
  }

  /** Of one that came in several chunks. What is between its ends means nothing, whatever it is. Lines end in LF, as above. */
  passEnds(first: Uint8Array, last: Uint8Array): boolean {
    const end = last.byteLength - 2
    if (!this.areKnown || end < EMPTY_END.byteLength || last[end] !== LF || last[end + 1] !== LF) return false
    if (last[end - 1] === CR) return false
    if (!HEAD.isAt(viewOnce(first.subarray(0, HEAD.byteLength)), 0, first.byteLength)) return false
    const tail = last.subarray(end - EMPTY_END.byteLength, end)
    if (EMPTY_END.isAt(viewOnce(tail), 0, tail.byteLength)) return false
    this.#count++
    return true
  }
}
