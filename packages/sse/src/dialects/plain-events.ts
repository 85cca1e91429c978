import { hasPrefix, joinBytes, toBytes } from '../framing/bytes.ts'
import { BytePattern, viewOnce } from '../framing/byte-pattern.ts'
import { endOfInteger, endOfString, isDigit } from '../framing/json-tokens.ts'
import type { Framing } from './dialect.ts'

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

/** One answer's plain event: literal bytes, and between them, one less in number, holes with what may be anything. */
interface Template {
  readonly answerIndex: number
  readonly literals: readonly BytePattern[]
  readonly holes: readonly Hole['kind'][]
  isProven: boolean
}

/** A place in an event: the content of the string that grows, or of any other string, or an integer. */
interface Hole {
  readonly kind: 'text' | 'string' | 'integer'
  readonly start: number
  readonly end: number
}

/** Answers that are remembered; with more of them, looking costs as much as parsing. */
const MAX_TEMPLATES = 8
/** Templates in a row that no event matched. Some vendors change a name in every chunk: there is nothing to learn. */
const MAX_FRUITLESS = 16
/** Events that are learned from; a delta is far smaller, and each place for its text costs one more parse of the whole. */
const MAX_LEARNED_BYTES = 16_384
/** Strings behind the key of the text that are tried, to find which of them is the text. */
const MAX_TEXT_HOLES = 4

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

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
  #templates: Template[] = []
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
    if (this.#templates.length === 0) return from
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
    if (this.#templates.length === 0 || this.#endOf(viewOnce(bytes), start, end) !== end) return false
    this.#count++
    return true
  }

  /** Remembers a unit with model data. To be called when its chunk has been applied, so that one like it changes nothing. */
  learn(unit: Uint8Array, chunk: Chunk): void {
    const growing = this.#reader.growingTextOf(chunk)
    if (growing === undefined || this.#fruitless >= MAX_FRUITLESS) return
    this.forget(growing.answerIndex)
    if (this.#templates.length >= MAX_TEMPLATES) return
    const template = this.#isLearnable(unit) ? this.#templateOf(unit, chunk, growing) : undefined
    if (template === undefined) this.#fruitless++
    else this.#templates.push(template)
  }

  /** An answer has changed: its plain events may mean something else now. */
  forget(answerIndex: number): void {
    const at = this.#templates.findIndex((template) => template.answerIndex === answerIndex)
    if (at === -1) return
    const [template] = this.#templates.splice(at, 1)
    this.#fruitless = template?.isProven === true ? 0 : this.#fruitless + 1
  }

  forgetAll(): void {
    this.#templates = []
  }

  /** Behind the plain event that begins at `from`, or -1. */
  #endOf(view: DataView, from: number, limit: number): number {
    const templates = this.#templates
    for (let i = 0; i < templates.length; i++) {
      const template = templates[i]
      if (template === undefined) continue
      const end = endOfMatch(template, view, from, limit)
      if (end === -1) continue
      template.isProven = true
      return end
    }
    return -1
  }

  /**
   * Where an event ends must follow from its own bytes. It does not if it begins with a line ending, which may belong to the
   * event before, or ends in a CR, to which a LF may still come.
   */
  #isLearnable(unit: Uint8Array): boolean {
    if (unit.byteLength > MAX_LEARNED_BYTES || unit.includes(NUL)) return false
    return this.#framing !== 'event-stream' || (unit[0] !== LF && unit[0] !== CR && unit.at(-1) === LF)
  }

  /** Takes a unit apart at its text. What comes of it is proven by parsing the same unit with another text in that place. */
  #templateOf(unit: Uint8Array, chunk: Chunk, growing: GrowingText): Template | undefined {
    const probe = growing.text === 'a' ? 'b' : 'a'
    for (let tries = 0, from = 0; tries < MAX_TEXT_HOLES; tries++) {
      const place = stringBehind(unit, growing.key, from)
      if (place === undefined) return undefined
      from = place.end
      const hole: Hole = { kind: 'text', ...place }
      const probed = this.#reader.parse(joinParts(literalsOf(unit, [hole]), [probe]))
      const found = probed && this.#reader.growingTextOf(probed)
      if (found?.text !== probe || found.key !== growing.key || found.answerIndex !== growing.answerIndex) continue
      const holes = [hole, ...this.#idleHolesOf(unit, chunk)].toSorted((a, b) => a.start - b.start)
      return {
        answerIndex: growing.answerIndex,
        literals: literalsOf(unit, holes).map((literal) => new BytePattern(literal)),
        holes: holes.map(({ kind }) => kind),
        isProven: false,
      }
    }
    return undefined
  }

  /** The holes in fields that nobody looks at; none if it shows that other content in them changes any other field. */
  #idleHolesOf(unit: Uint8Array, chunk: Chunk): readonly Hole[] {
    const holes = this.#reader.idleFields.flatMap((field) => holesIn(unit, field)).toSorted((a, b) => a.start - b.start)
    if (holes.length === 0) return holes
    const other = this.#reader.parse(
      joinParts(
        literalsOf(unit, holes),
        holes.map((hole) => otherContent(unit, hole)),
      ),
    )
    return other !== undefined && this.#outlineOf(other) === this.#outlineOf(chunk) ? holes : []
  }

  #outlineOf(chunk: Chunk): string {
    const withoutIdle = Object.entries(chunk).filter(([field]) => !this.#reader.idleFields.includes(field))
    return JSON.stringify(withoutIdle)
  }
}

function endOfMatch({ literals, holes }: Template, view: DataView, from: number, limit: number): number {
  const first = literals[0]
  if (first === undefined || !first.isAt(view, from, limit)) return -1
  let at = from + first.byteLength
  for (let i = 0; i < holes.length; i++) {
    const hole = holes[i]
    const end = hole === 'integer' ? endOfInteger(view, at, limit) : endOfString(view, at, limit)
    if (end === -1 || (hole === 'text' && end === at)) return -1
    const literal = literals[i + 1]
    if (literal === undefined || !literal.isAt(view, end, limit)) return -1
    at = end + literal.byteLength
  }
  return at
}

/** The bytes in front of, between and behind the holes. */
function literalsOf(unit: Uint8Array, holes: readonly Hole[]): Uint8Array[] {
  const starts = [0, ...holes.map(({ end }) => end)]
  return starts.map((start, i) => unit.subarray(start, holes[i]?.start))
}

function joinParts(literals: readonly Uint8Array[], contents: readonly string[]): Uint8Array {
  const parts = literals.flatMap((literal, i) => [literal, toBytes(contents[i] ?? '')])
  return joinBytes(
    parts,
    parts.reduce((sum, part) => sum + part.byteLength, 0),
  )
}

/** Content that is valid in a hole, and not what stands in it. */
function otherContent(unit: Uint8Array, { kind, start, end }: Hole): string {
  const [one, other] = kind === 'integer' ? ['7', '8'] : ['a', 'b']
  const isOne = end === start + 1 && unit[start] === one?.charCodeAt(0)
  return (isOne ? other : one) ?? ''
}

/** What a field holds that may differ: its content if it is a string, its integers at any depth if it is an object. */
function holesIn(unit: Uint8Array, field: string): Hole[] {
  const text = stringBehind(unit, field, 0)
  if (text !== undefined) return [{ kind: 'string', ...text }]
  const from = valueBehind(unit, field, 0)
  return from !== undefined && unit[from] === OPEN_BRACE ? integersIn(unit, from) : []
}

/** The integers that are values of keys in the object at `from`. */
function integersIn(unit: Uint8Array, from: number): Hole[] {
  const view = new DataView(unit.buffer, unit.byteOffset, unit.byteLength)
  const holes: Hole[] = []
  let depth = 0
  let isValue = false
  for (let at = from; at < unit.byteLength; at++) {
    const byte = unit[at]
    if (byte === SPACE) continue
    if (byte === OPEN_BRACE) depth++
    if (byte === CLOSE_BRACE && --depth === 0) break
    if (byte === QUOTE) {
      at = endOfString(view, at + 1, unit.byteLength)
      if (at === -1) return []
    }
    if (isValue && isDigit(byte)) {
      const end = endOfInteger(view, at, unit.byteLength)
      if (end === -1) return []
      holes.push({ kind: 'integer', start: at, end })
      at = end - 1
    }
    isValue = byte === COLON
  }
  return holes
}

/** Where the next string value of a JSON key is: between its quotes. */
function stringBehind(unit: Uint8Array, key: string, from: number): { start: number; end: number } | undefined {
  const view = new DataView(unit.buffer, unit.byteOffset, unit.byteLength)
  for (let at = valueBehind(unit, key, from); at !== undefined; at = valueBehind(unit, key, at)) {
    const end = unit[at] === QUOTE ? endOfString(view, at + 1, unit.byteLength) : -1
    if (end !== -1) return { start: at + 1, end }
  }
  return undefined
}

/** Where the next value of a JSON key begins. */
function valueBehind(unit: Uint8Array, key: string, from: number): number | undefined {
  const quoted = toBytes(`"${key}"`)
  for (let at = unit.indexOf(QUOTE, from); at !== -1; at = unit.indexOf(QUOTE, at + 1)) {
    if (!hasPrefix(unit, at, unit.byteLength, quoted)) continue
    let start = at + quoted.byteLength
    while (unit[start] === COLON || unit[start] === SPACE) start++
    return start
  }
  return undefined
}
