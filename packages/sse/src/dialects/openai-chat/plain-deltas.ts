import { hasPrefix, joinBytes, toBytes } from '../../framing/bytes.ts'
import { readEvent } from '../../framing/read-event.ts'
import { type Chunk, type GrowingText, growingTextOf, parseChunk } from './chunk.ts'

/** One choice's plain delta: its bytes around a text, and around the random `obfuscation` that OpenAI ends chunks with. */
interface Template {
  readonly choiceIndex: number
  readonly beforeText: Pattern
  readonly afterText: Pattern
  /** `undefined` if there is no obfuscation: then the event ends behind `afterText`. */
  readonly afterObfuscation: Pattern | undefined
  isProven: boolean
}

/** Choices that are remembered; with more of them, looking costs as much as parsing. */
const MAX_TEMPLATES = 8
/** Templates in a row that no event matched. Some vendors change a count in every chunk: there is nothing to learn. */
const MAX_FRUITLESS = 16
/** Events that are learned from; a delta is far smaller, and each place for its text costs one more parse of the whole. */
const MAX_LEARNED_BYTES = 16_384
/** Strings behind the key of the text that are tried, to find which of them is the text. */
const MAX_HOLES = 4

const QUOTE = 34
const SPACE = 32
const COLON = 58
const BACKSLASH = 92
const LOWER_U = 117
/** What may stand behind a backslash in JSON, but for `u` and its four digits. */
const ESCAPES = new Set(toBytes('"\\/bfnrt'))
const HEX_DIGITS = new Set(toBytes('0123456789abcdefABCDEF'))

/**
 * Knows deltas that only add text from their bytes, without decoding them.
 *
 * The events of a stream differ in little but their text. One that was parsed and has changed nothing but a text is taken
 * apart at it; an event with the same bytes before and behind, and with any valid and non-empty JSON string content in
 * between, parses to the same chunk with another text, so it means the same. Every other event has to be parsed.
 */
export class PlainDeltas {
  #templates: Template[] = []
  #fruitless = 0
  /** The bytes looked at last, and a view of them: to make one takes as long as to look through a whole event. */
  #bytes: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)

  /** Whether the event is a plain delta, known from one before. */
  match(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#templates.length === 0) return false
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    for (const template of this.#templates) {
      if (!this.#matches(template, start, end)) continue
      template.isProven = true
      return true
    }
    return false
  }

  /** Remembers an event with model data. To be called when its chunk has been applied, so that one like it changes nothing. */
  learn(event: Uint8Array, chunk: Chunk): void {
    const growing = growingTextOf(chunk)
    if (growing === undefined || this.#fruitless >= MAX_FRUITLESS) return
    this.forget(growing.choiceIndex)
    if (this.#templates.length >= MAX_TEMPLATES) return
    const template = event.byteLength > MAX_LEARNED_BYTES ? undefined : templateOf(event, chunk, growing)
    if (template === undefined) this.#fruitless++
    else this.#templates.push(template)
  }

  /** A choice has changed: its plain deltas may mean something else now. */
  forget(choiceIndex: number): void {
    const at = this.#templates.findIndex((template) => template.choiceIndex === choiceIndex)
    if (at === -1) return
    const [template] = this.#templates.splice(at, 1)
    this.#fruitless = template?.isProven === true ? 0 : this.#fruitless + 1
  }

  forgetAll(): void {
    this.#templates = []
  }

  #matches({ beforeText, afterText, afterObfuscation }: Template, start: number, end: number): boolean {
    const bytes = this.#bytes
    const view = this.#view
    if (!beforeText.isAt(view, start, end)) return false
    const textStart = start + beforeText.byteLength
    const textEnd = endOfString(bytes, textStart, end)
    if (textEnd <= textStart || !afterText.isAt(view, textEnd, end)) return false
    const rest = textEnd + afterText.byteLength
    if (afterObfuscation === undefined) return rest === end
    const padEnd = endOfString(bytes, rest, end)
    return padEnd !== -1 && padEnd + afterObfuscation.byteLength === end && afterObfuscation.isAt(view, padEnd, end)
  }
}

/** Bytes to compare with, four at a time: three times as fast as one by one, and this is most of what an event costs. */
class Pattern {
  readonly byteLength: number
  /** From the last four bytes to the first: the bytes that tell choices and kinds of delta apart are the last ones. */
  readonly #words: Int32Array
  /** What is left of the bytes in front of the words. */
  readonly #first: Uint8Array

  constructor(bytes: Uint8Array) {
    this.byteLength = bytes.byteLength
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#words = new Int32Array(bytes.byteLength >> 2)
    for (let i = 0; i < this.#words.length; i++) this.#words[i] = view.getInt32(bytes.byteLength - 4 * (i + 1))
    this.#first = bytes.slice(0, bytes.byteLength & 3)
  }

  /** Whether these bytes stand at `at`, and end at `end` or before it. */
  isAt(view: DataView, at: number, end: number): boolean {
    if (at + this.byteLength > end) return false
    const words = this.#words
    let wordAt = at + this.byteLength
    for (let i = 0; i < words.length; i++) {
      wordAt -= 4
      if (view.getInt32(wordAt) !== words[i]) return false
    }
    const first = this.#first
    for (let i = 0; i < first.length; i++) if (view.getUint8(at + i) !== first[i]) return false
    return true
  }
}

/** Takes an event apart at its text. What comes of it is proven by parsing the same event with another text in that place. */
function templateOf(event: Uint8Array, chunk: Chunk, growing: GrowingText): Template | undefined {
  const probe = ['a', 'b', 'c'].find((letter) => letter !== growing.text && letter !== chunk.obfuscation) ?? ''
  let from = 0
  for (let tries = 0; tries < MAX_HOLES; tries++) {
    const hole = stringBehind(event, growing.key, from)
    if (hole === undefined) return undefined
    from = hole.end
    const padding = stringBehind(event, 'obfuscation', hole.end)
    const beforeText = event.subarray(0, hole.start)
    const afterText = event.subarray(hole.end, padding?.start)
    const afterObfuscation = padding && event.subarray(padding.end)
    const probed = [beforeText, toBytes(probe), afterText]
    if (afterObfuscation !== undefined) probed.push(toBytes(probe), afterObfuscation)
    if (!isFilledWith(probe, probed, growing, padding !== undefined)) continue
    return {
      choiceIndex: growing.choiceIndex,
      beforeText: new Pattern(beforeText),
      afterText: new Pattern(afterText),
      afterObfuscation: afterObfuscation && new Pattern(afterObfuscation),
      isProven: false,
    }
  }
  return undefined
}

function isFilledWith(probe: string, parts: Uint8Array[], growing: GrowingText, isPadded: boolean): boolean {
  const byteLength = parts.reduce((sum, part) => sum + part.byteLength, 0)
  const chunk = parseChunk(readEvent(joinBytes(parts, byteLength), 0, byteLength).data)
  const found = chunk && growingTextOf(chunk)
  if (isPadded && chunk?.obfuscation !== probe) return false
  return found?.text === probe && found.key === growing.key && found.choiceIndex === growing.choiceIndex
}

/** Where the next string value of a JSON key is: between its quotes. */
function stringBehind(bytes: Uint8Array, key: string, from: number): { start: number; end: number } | undefined {
  const quoted = toBytes(`"${key}"`)
  for (let at = bytes.indexOf(QUOTE, from); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    if (!hasPrefix(bytes, at, bytes.byteLength, quoted)) continue
    let start = at + quoted.byteLength
    while (bytes[start] === COLON || bytes[start] === SPACE) start++
    if (bytes[start] !== QUOTE) continue
    const end = endOfString(bytes, start + 1, bytes.byteLength)
    if (end !== -1) return { start: start + 1, end }
  }
  return undefined
}

/** The closing quote of a JSON string whose content begins at `at`; -1 if what stands there is no valid content. */
function endOfString(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte === QUOTE) return i
    // Control characters are not valid in JSON, and a line ending would end the data.
    if (byte < SPACE) return -1
    if (byte !== BACKSLASH) continue
    i++
    const escaped = bytes[i] ?? 0
    if (ESCAPES.has(escaped)) continue
    if (escaped !== LOWER_U) return -1
    for (const last = i + 4; i < last; i++) if (!HEX_DIGITS.has(bytes[i + 1] ?? 0)) return -1
  }
  return -1
}
