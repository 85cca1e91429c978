/** As much of an error as is looked at. What is not there, cannot be read or is of another type is left out. */
export interface ErrorLink {
  /** Only what looks like a code: it goes to logs, so nothing else may travel in it. */
  readonly code?: string
  readonly name?: string
  /** The beginning of the message. */
  readonly text?: string
  /** The system call that failed, which Node names. */
  readonly syscall?: string
  readonly cause?: unknown
  /** What an aggregate is made of. */
  readonly errors: readonly unknown[]
}

/** Codes are words: `ECONNRESET`, `Malformed_HTTP_Response`. */
const CODE = /^[A-Za-z]\w{0,63}$/

/** Longest beginning of a message that is looked at. A message may hold an upstream URL; more than this is no message. */
const MAX_TEXT = 8_192

/** At most as many errors of one are looked at, and as many of one aggregate: more are no diagnosis. */
const MAX_LINKS = 64
const MAX_ERRORS = 16

/** The error, its causes and the members of aggregates, outermost first and each once: a cause chain may loop. */
export function* linksOf(error: unknown): Generator<ErrorLink> {
  const seen = new Set<unknown>()
  const open: unknown[] = [error]
  for (const value of open) {
    if (seen.has(value) || seen.size === MAX_LINKS) continue
    seen.add(value)
    const link = readLink(value)
    if (link === undefined) continue
    yield link
    open.push(link.cause, ...link.errors)
  }
}

/** Reads one error. `undefined` for what is none. A thrown string counts as its text. Never throws, whatever its getters do. */
export function readLink(value: unknown): ErrorLink | undefined {
  if (typeof value === 'string') return { text: value.slice(0, MAX_TEXT), errors: [] }
  if (typeof value !== 'object' || value === null) return undefined
  const code = stringOf(value, 'code')
  const text = stringOf(value, 'message')?.slice(0, MAX_TEXT)
  const name = stringOf(value, 'name')
  const syscall = stringOf(value, 'syscall')
  return {
    ...(code !== undefined && CODE.test(code) && { code }),
    ...(name !== undefined && { name }),
    ...(text !== undefined && { text }),
    ...(syscall !== undefined && { syscall }),
    cause: read(value, 'cause'),
    errors: membersOf(read(value, 'errors')),
  }
}

function stringOf(value: object, key: string): string | undefined {
  const field = read(value, key)
  return typeof field === 'string' ? field : undefined
}

function membersOf(errors: unknown): unknown[] {
  if (typeof errors !== 'object' || errors === null) return []
  const length = read(errors, 'length')
  if (typeof length !== 'number') return []
  const members: unknown[] = []
  for (let i = 0; i < Math.min(length, MAX_ERRORS); i++) members.push(read(errors, String(i)))
  return members
}

/** A getter may throw, and so may every look at a revoked proxy. */
function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}
