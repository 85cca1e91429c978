import { CALLERS_KEYS } from './callers-keys.ts'
import type { IdFiller } from './fill-ids.ts'
import { fillJsonFragment, fillJsonText } from './fill-text.ts'

/** String values under these keys are words of the API's own, and stay if they look like one. */
const STRUCTURAL = new Set([
  'type',
  'role',
  'object',
  'event',
  'status',
  'stop_reason',
  'finish_reason',
  'finishReason',
  'blockReason',
  'reason',
  'service_tier',
  'serviceTier',
  'format',
  'modality',
  'probability',
  'category',
  'severity',
])
/** In one case, as the APIs have them: `Jane` is none. */
const WORD = /^(?:[a-z][a-z_.-]{0,59}|[A-Z][A-Z_]{0,59})\d{0,4}$/
/** Values under these are ids. */
const IDS = /^(?:id|.*_id|.*Id)$/
/** Values under these are pieces of a tool call's JSON. */
const FRAGMENTS = new Set(['partial_json', 'arguments'])
const PLAIN_KEY = /^[A-Za-z_$][A-Za-z0-9_$.-]{0,39}$/
/** Numbers of more digits are times, or somebody's. */
const MAX_PLAIN_DIGITS = 6

interface Level {
  readonly kind: 'object' | 'array'
  readonly free: boolean
  /** In an array, the key under which it stands. */
  key: string
  /** The `type` of the object, once it was seen. */
  type: string
  expect: 'key' | 'first-key' | 'colon' | 'value' | 'first-value' | 'comma'
}

/** How `fillJson` treats what it finds. */
export interface FillRules {
  readonly ids: IdFiller
  /** False for an API that nobody knows: then no value is structural. */
  readonly known: boolean
}

/**
 * Fills the strings of a JSON text, which may be cut anywhere, with as many bytes of nothing. Keys that look like an API's
 * stay, numbers of up to six digits and literals too, outside of what is the caller's or the model's.
 *
 * @returns undefined if the text is not the beginning of JSON: then nothing is known of it.
 */
export function fillJson(input: Uint8Array, rules: FillRules): Uint8Array | undefined {
  return new JsonFiller(input, rules).run()
}

class JsonFiller {
  readonly #text: string
  readonly #output: string[] = []
  readonly #levels: Level[] = []
  readonly #rules: FillRules
  #at = 0
  #done = false

  constructor(input: Uint8Array, rules: FillRules) {
    this.#text = Buffer.from(input).toString('latin1')
    this.#rules = rules
  }

  run(): Uint8Array | undefined {
    while (this.#at < this.#text.length) {
      if (this.#take(/[ \t\r\n]+/y) !== undefined) continue
      if (!this.#step()) return undefined
    }
    return Buffer.from(this.#output.join(''), 'latin1')
  }

  #step(): boolean {
    const level = this.#levels.at(-1)
    if (level === undefined) return !this.#done && this.#value(undefined)
    switch (level.expect) {
      case 'first-key':
        return this.#close(level, '}') || this.#key(level)
      case 'key':
        return this.#key(level)
      case 'colon':
        level.expect = 'value'
        return this.#take(/:/y) !== undefined
      case 'first-value':
        return this.#close(level, ']') || this.#value(level)
      case 'value':
        return this.#value(level)
      case 'comma':
        if (this.#close(level, level.kind === 'object' ? '}' : ']')) return true
        level.expect = level.kind === 'object' ? 'key' : 'value'
        return this.#take(/,/y) !== undefined
    }
  }

  #close(_level: Level, bracket: '}' | ']'): boolean {
    if (this.#text[this.#at] !== bracket) return false
    this.#output.push(bracket)
    this.#at += 1
    this.#levels.pop()
    this.#valueDone()
    return true
  }

  #key(level: Level): boolean {
    const string = this.#string()
    if (string === undefined) return false
    level.key = string.raw
    level.expect = 'colon'
    const keeps = !level.free && PLAIN_KEY.test(string.raw)
    this.#push(string, keeps ? string.raw : fillText(string.raw))
    return true
  }

  #value(level: Level | undefined): boolean {
    const char = this.#text[this.#at] ?? ''
    if (char === '{' || char === '[') {
      this.#output.push(char)
      this.#at += 1
      const key = level?.key ?? ''
      this.#levels.push({
        kind: char === '{' ? 'object' : 'array',
        free: level?.free === true || CALLERS_KEYS.has(key),
        key: char === '[' ? key : '',
        type: '',
        expect: char === '{' ? 'first-key' : 'first-value',
      })
      return true
    }
    const filled = char === '"' ? this.#stringValue(level) : this.#plainValue(level)
    if (filled) this.#valueDone()
    return filled
  }

  #valueDone(): void {
    const level = this.#levels.at(-1)
    if (level === undefined) this.#done = true
    else level.expect = 'comma'
  }

  #stringValue(level: Level | undefined): boolean {
    const string = this.#string()
    if (string === undefined) return false
    if (level?.key === 'type' && string.whole) level.type = string.raw
    this.#push(string, this.#fillValue(string.raw, level))
    return true
  }

  #fillValue(raw: string, level: Level | undefined): string {
    if (level === undefined || level.free) return fillText(raw)
    const { key, type } = level
    if (this.#rules.known && STRUCTURAL.has(key) && WORD.test(raw)) return raw
    if (IDS.test(key) && /^[\w.:-]*$/.test(raw)) return this.#rules.ids.fill(raw)
    if (FRAGMENTS.has(key) || (key === 'delta' && type.includes('arguments')))
      return Buffer.from(fillJsonFragment(Buffer.from(raw, 'latin1'))).toString('latin1')
    return fillText(raw)
  }

  #plainValue(level: Level | undefined): boolean {
    const literal = this.#take(/true|false|null|(?:t|tr|tru|f|fa|fal|fals|n|nu|nul)$/y)
    if (literal !== undefined) return true
    const number = /-?\d+(?:\.\d*)?(?:[eE][-+]?\d*)?|-$/y
    number.lastIndex = this.#at
    const found = number.exec(this.#text)?.[0]
    if (found === undefined) return false
    this.#at += found.length
    const hides =
      level?.free === true ||
      CALLERS_KEYS.has(level?.key ?? '') ||
      found.replaceAll(/\D/g, '').length > MAX_PLAIN_DIGITS
    this.#output.push(hides ? found.replaceAll(/\d/g, '1') : found)
    return true
  }

  /** A string from its quote on; one that is cut has no closing quote. */
  #string(): { readonly raw: string; readonly whole: boolean } | undefined {
    if (this.#text[this.#at] !== '"') return undefined
    let end = this.#at + 1
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    const raw = this.#text.slice(this.#at + 1, end)
    const whole = this.#text[end] === '"'
    this.#at = Math.min(this.#text.length, end + 1)
    return { raw, whole }
  }

  #push({ whole }: { readonly whole: boolean }, content: string): void {
    this.#output.push(`"${content}${whole ? '"' : ''}`)
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) return undefined
    this.#at += found.length
    this.#output.push(found)
    return found
  }
}

function fillText(raw: string): string {
  return Buffer.from(fillJsonText(Buffer.from(raw, 'latin1'))).toString('latin1')
}
