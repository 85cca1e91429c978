import { hasPrefix, joinBytes, toBytes } from '../framing/bytes.ts'
import { endOfInteger, endOfString, isDigit } from '../framing/json-tokens.ts'
import type { GrowingText, PlainReader } from './plain-events.ts'
import { type Hole, literalsOf } from './plain-template.ts'

/** Strings behind the key of the text that are tried, to find which of them is the text. */
const MAX_TEXT_HOLES = 4

const SPACE = 0x20
const QUOTE = 0x22
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Takes a unit apart at its text and at what nobody looks at. `undefined` if the text is not found.
 *
 * Keys are looked for anywhere in the bytes, in nested objects, in other lines of the event and in comments as well; what is
 * found counts only if parsing the unit with other content in its place proves it. A place in a comment is never proven to be
 * the text, as other content there changes no text. It may become a hole of an idle field, which does no harm: no content of
 * a hole holds a line ending, so a comment stays one, whatever is in it.
 */
export function findHoles<Chunk extends object>(
  unit: Uint8Array,
  chunk: Chunk,
  growing: GrowingText,
  reader: PlainReader<Chunk>,
): readonly Hole[] | undefined {
  const text = textHoleOf(unit, growing, reader)
  return text && [text, ...idleHolesOf(unit, chunk, reader)].toSorted((a, b) => a.start - b.start)
}

function textHoleOf<Chunk extends object>(
  unit: Uint8Array,
  growing: GrowingText,
  reader: PlainReader<Chunk>,
): Hole | undefined {
  const probe = growing.text === 'a' ? 'b' : 'a'
  for (let tries = 0, from = 0; tries < MAX_TEXT_HOLES; tries++) {
    const place = stringBehind(unit, growing.key, from)
    if (place === undefined) return undefined
    from = place.end
    const hole: Hole = { kind: 'text', ...place }
    const probed = reader.parse(joinParts(literalsOf(unit, [hole]), [probe]))
    const found = probed && reader.growingTextOf(probed)
    if (found?.text === probe && found.key === growing.key && found.answerIndex === growing.answerIndex) return hole
  }
  return undefined
}

/** The holes in fields that nobody looks at; none if it shows that other content in them changes any other field. */
function idleHolesOf<Chunk extends object>(
  unit: Uint8Array,
  chunk: Chunk,
  { parse, idleFields }: PlainReader<Chunk>,
): readonly Hole[] {
  const holes = idleFields.flatMap((field) => holesIn(unit, field)).toSorted((a, b) => a.start - b.start)
  if (holes.length === 0) return holes
  const contents = holes.map((hole) => otherContent(unit, hole))
  const other = parse(joinParts(literalsOf(unit, holes), contents))
  return other !== undefined && outlineOf(other, idleFields) === outlineOf(chunk, idleFields) ? holes : []
}

function outlineOf(chunk: object, idleFields: readonly string[]): string {
  return JSON.stringify(Object.entries(chunk).filter(([field]) => !idleFields.includes(field)))
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
