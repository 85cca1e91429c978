import type { z } from 'zod'
import { TraceError } from './trace-error.ts'
import { traceSchema } from './trace-schema.ts'
import type { Trace } from './trace.ts'

/** Deeper JSON would break what walks over it, far from the file's name. */
const MAX_DEPTH = 100

/**
 * Reads one trace file.
 *
 * Throws a `TraceError` that names `fileName`, the place and the rule, such as
 * `x.trace.json: upstream.connections[0].script[3].do: unknown step "sendd"`; the first problem only, for the others are often its echo.
 */
export function parseTrace(text: string, fileName: string): Trace {
  if (isDeep(text)) throw new TraceError(`${fileName}: is nested deeper than ${MAX_DEPTH} levels`)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new TraceError(`${fileName}: is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const result = traceSchema.safeParse(document)
  if (result.success) return result.data
  throw new TraceError(`${fileName}: ${describeFirstIssue(result.error, document)}`)
}

/**
 * The first problem of a zod error as `place: rule`. `document` is what was parsed; from it the text quotes the wrong value.
 * Also used for target manifests, so that all files of the suite complain alike.
 */
export function describeFirstIssue(error: z.ZodError, document: unknown): string {
  const issue = error.issues[0]
  if (issue === undefined) return 'is not valid'
  const place = formatPath(issue.path)
  return place === '' ? describeIssue(issue, document) : `${place}: ${describeIssue(issue, document)}`
}

function describeIssue(issue: z.core.$ZodIssue, document: unknown): string {
  if (issue.code === 'unrecognized_keys') return `unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}`
  const value = valueAt(document, issue.path)
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'do') {
    return value === undefined ? 'a step needs a "do"' : `unknown step ${JSON.stringify(value)}`
  }
  if (value === undefined && issue.code !== 'custom') return `is missing (${issue.message})`
  return issue.message
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key]
  return value
}

/** Whether brackets outside of strings are nested too deep; of what is no JSON it may say anything. */
function isDeep(text: string): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') inString = !inString
    else if (inString) at += character === '\\' ? 1 : 0
    else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    if (depth > MAX_DEPTH) return true
  }
  return false
}
