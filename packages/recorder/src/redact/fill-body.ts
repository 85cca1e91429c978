import type { Dialect } from '@stopbit/traces'
import { IdFiller } from './fill-ids.ts'
import { fillJson, type FillRules } from './fill-json.ts'
import { fillBytes } from './fill-text.ts'

const FIELDS = ['data', 'event', 'id', 'retry']
const EVENT_NAME = /^[a-z][a-z_.]{0,59}$/

/** What kind of body it is, by its head. */
export interface BodyKind {
  readonly dialect: Dialect
  readonly contentType: string
  /** A coded body is bytes without a meaning here. */
  readonly coded: boolean
}

/** A body of the same length with the same grammar that says nothing. It may be cut anywhere, also within a character. */
export function fillBody(body: Uint8Array, { dialect, contentType, coded }: BodyKind): Uint8Array {
  const rules: FillRules = { ids: new IdFiller(), known: dialect !== 'opaque' }
  if (coded) return fillBytes(body).map((byte) => (byte === 10 || byte === 13 ? 0x78 : byte))
  if (/^text\/event-stream\b/i.test(contentType)) return fillStream(body, rules)
  if (/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType)) return fillJson(body, rules) ?? fillBytes(body)
  return fillBytes(body)
}

function fillStream(body: Uint8Array, rules: FillRules): Uint8Array {
  const text = Buffer.from(body).toString('latin1')
  const lines = text.match(/[^\r\n]*(?:\r\n|\r|\n|$)/g) ?? []
  const filled = lines.map((line) => {
    const end = /[\r\n]+$/.exec(line)?.[0] ?? ''
    return fillLine(line.slice(0, line.length - end.length), rules, end === '') + end
  })
  return Buffer.from(filled.join(''), 'latin1')
}

/** `cut`: the last line, which has no end. */
function fillLine(line: string, rules: FillRules, cut: boolean): string {
  const [, field = '', separator = '', value = ''] = /^([^:]*)(: ?|)([\s\S]*)$/.exec(line) ?? []
  const isKnown = FIELDS.includes(field) || (cut && separator === '' && FIELDS.some((name) => name.startsWith(field)))
  if (field !== '' && !isKnown) return toText(fillBytes(toBytes(line)))
  return field + separator + fillValue(field, value, rules, cut)
}

function fillValue(field: string, value: string, rules: FillRules, cut: boolean): string {
  if (field === 'event' && rules.known && EVENT_NAME.test(value)) return value
  if (field === 'retry' && /^\d{0,9}$/.test(value)) return value
  if (field === 'id') return /^[\w.:-]*$/.test(value) ? rules.ids.fill(value) : toText(fillBytes(toBytes(value)))
  if (field === 'data' && (value === '[DONE]' || (cut && '[DONE]'.startsWith(value)))) return value
  const json = field === 'data' ? fillJson(toBytes(value), rules) : undefined
  return toText(json ?? fillBytes(toBytes(value)))
}

function toBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
