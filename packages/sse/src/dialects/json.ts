/** A JSON object, as an upstream sent it. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Levels of nesting that are kept of what may have to be said again. Far more than anything that means something, and far
 * less than what `JSON.stringify` has stack for, in any runtime: `JSON.parse` takes what it then cannot write.
 */
const MAX_DEPTH = 100
const MAX_NAME_LENGTH = 200

/** `undefined` if it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The JSON object in a text, or `undefined` if there is none. */
export function parseObject(text: string): JsonObject | undefined {
  const value = parseJson(text)
  return isObject(value) ? value : undefined
}

/** Whether a value has fields; a list has none. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is a text that says something. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** A number, or a text that is no longer than names are; `undefined` for anything else. */
export function toShort(value: unknown): number | string | undefined {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_NAME_LENGTH) ? value : undefined
}

/** Whether a value is nested too deep to be written as JSON again, whatever stands around it. */
export function isTooDeep(value: unknown, levels: number = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1))
}

/** What can be said of a value in JSON: itself, or, where that is nested too deep, those of its fields that are not nested. */
export function toSayable<T>(value: T): T | JsonObject {
  if (typeof value !== 'object' || value === null || !isTooDeep(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => typeof inner !== 'object' || inner === null))
}
