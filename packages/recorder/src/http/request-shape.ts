import { CALLERS_KEYS } from '../redact/callers-keys.ts'

/** What a body looks like without what it says: its keys and the types of its values; lists are their first element's. */
export type Shape = string | readonly Shape[] | { readonly [key: string]: Shape }

const MAX_DEPTH = 12
const MAX_KEYS = 64
const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_]{0,39}$/

/** The shape of a JSON body; undefined when it is no JSON. Holds no value, and no key that the caller made up. */
export function shapeOf(body: Buffer): Shape | undefined {
  try {
    return describe(JSON.parse(body.toString('utf8')), 0)
  } catch {
    return undefined
  }
}

function describe(value: unknown, depth: number): Shape {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  if (depth === MAX_DEPTH) return Array.isArray(value) ? 'list' : 'object'
  if (Array.isArray(value)) return value.length === 0 ? [] : [describe(value[0], depth + 1)]
  const entries = Object.entries(value).slice(0, MAX_KEYS)
  return Object.fromEntries(
    entries
      .filter(([key]) => PLAIN_KEY.test(key))
      .map(([key, inner]) => [key, CALLERS_KEYS.has(key) ? 'object' : describe(inner, depth + 1)]),
  )
}
