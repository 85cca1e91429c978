import { viewOnce } from '../framing/byte-pattern.ts'
import type { Framing } from './dialect.ts'
import { findHoles } from './find-holes.ts'
import { isTooDeep } from './json.ts'
import { PlainTemplate } from './plain-template.ts'

/** A text that grows from one event to the next. */
export interface GrowingText {
  /** Whose text it is: the index of a choice or of a candidate. */
  readonly answerIndex: number
  /** The JSON key that the text stands behind. */
  readonly key: string
  readonly text: string
}

/** How a dialect reads events that may be plain. */
export interface PlainReader<Chunk extends object> {
  /** The JSON object of a whole unit, read in the very way of the dialect's scanner. */
  readonly parse: (unit: Uint8Array) => Chunk | undefined
  /** The text of a chunk that does nothing but to add to it; `undefined` if it may do more. */
  readonly growingTextOf: (chunk: Chunk) => GrowingText | undefined
  /** Fields at the top of a chunk that the scanner never looks at, and that differ from one event to the next. */
  readonly idleFields: readonly string[]
}

/** How one answer's plain events look. */
interface Known {
  readonly answerIndex: number
  readonly template: PlainTemplate
  isProven: boolean
}

/** Answers that are remembered; with more of them, looking costs as much as parsing. */
const MAX_TEMPLATES = 8
/** Templates in a row that no event matched. Some vendors change a name in every chunk: there is nothing to learn. */
const MAX_FRUITLESS = 16
/** Events that are learned from; a delta is far smaller, and each place for its text costs one more parse of the whole. */
const MAX_LEARNED_BYTES = 16_384

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d

/**
 * Knows events that only add text from their bytes, without decoding them.
 *
 * The events of a stream differ in little but their text. One that was parsed and has changed nothing but a text is taken
 * apart at it; an event with the same bytes before and behind, and with any valid and non-empty JSON string content in
 * between, parses to the same chunk with another text, so it means the same. Integers and strings in fields that the scanner
 * does not look at, such as token counts, may differ as well. Every other event has to be parsed.
 */
export class PlainEvents<Chunk extends object = object> {
  readonly #framing: Framing
  readonly #reader: PlainReader<Chunk>
  #known: Known[] = []
  #fruitless = 0
  #count = 0

  constructor(framing: Framing, reader: PlainReader<Chunk>) {
    this.#framing = framing
    this.#reader = reader
  }

  /** How many plain events there were. Each of them is model data. */
  get count(): number {
    return this.#count
  }

  /**
   * The end of the plain events that follow each other from `from` on, which must be where a unit begins; `from` if there is
   * none. No framer has to look for their ends: the same bytes end at the same place.
   */
  pass(bytes: Uint8Array, from: number): number {
    if (this.#known.length === 0) return from
    const view = viewOnce(bytes)
    const limit = bytes.length
    let at = from
    while (at < limit) {
      const end = this.#endOf(view, at, limit)
      if (end === -1) break
      at = end
      this.#count++
    }
    return at
  }

  /** Whether the unit from `start` to `end` is one plain event. */
  match(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#known.length === 0 || this.#endOf(viewOnce(bytes), start, end) !== end) return false
    this.#count++
    return true
  }

  /** Remembers a unit with model data. To be called when its chunk has been applied, so that one like it changes nothing. */
  learn(unit: Uint8Array, chunk: Chunk): void {
    const growing = this.#reader.growingTextOf(chunk)
    if (growing === undefined || this.#fruitless >= MAX_FRUITLESS) return
    this.forget(growing.answerIndex)
    if (this.#known.length >= MAX_TEMPLATES) return
    const holes = this.#isLearnable(unit, chunk) ? findHoles(unit, chunk, growing, this.#reader) : undefined
    if (holes === undefined) this.#fruitless++
    else {
      const template = new PlainTemplate(unit, holes)
      this.#known.push({ answerIndex: growing.answerIndex, template, isProven: false })
    }
  }

  /** An answer has changed: its plain events may mean something else now. */
  forget(answerIndex: number): void {
    const at = this.#known.findIndex((known) => known.answerIndex === answerIndex)
    if (at === -1) return
    const [forgotten] = this.#known.splice(at, 1)
    this.#fruitless = forgotten?.isProven === true ? 0 : this.#fruitless + 1
  }

  forgetAll(): void {
    this.#known = []
  }

  /** Behind the plain event that begins at `from`, or -1. */
  #endOf(view: DataView, from: number, limit: number): number {
    const all = this.#known
    for (let i = 0; i < all.length; i++) {
      const known = all[i]
      const end = known === undefined ? -1 : known.template.endOf(view, from, limit)
      if (known === undefined || end === -1) continue
      known.isProven = true
      return end
    }
    return -1
  }

  /**
   * Where an event ends must follow from its own bytes. It does not if it begins with a line ending, which may belong to the
   * event before, or ends in a CR, to which a LF may still come. And its chunk is compared as JSON.
   */
  #isLearnable(unit: Uint8Array, chunk: Chunk): boolean {
    if (unit.byteLength > MAX_LEARNED_BYTES || unit.includes(NUL) || isTooDeep(chunk)) return false
    return this.#framing !== 'event-stream' || (unit[0] !== LF && unit[0] !== CR && unit.at(-1) === LF)
  }
}
