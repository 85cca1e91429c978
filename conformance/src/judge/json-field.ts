/** A field of a JSON object; undefined for anything that is none. */
export function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

/** A field of a field, and so on. */
export function fieldAt(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce(field, value)
}

/** The elements of an array; none for anything else. */
export function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

/** An index as text, `0` where there is none. */
export function indexAt(value: unknown): string {
  const index = field(value, 'index')
  return typeof index === 'number' || typeof index === 'string' ? String(index) : '0'
}

/** A string that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Text as JSON, undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
