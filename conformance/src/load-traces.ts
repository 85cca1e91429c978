import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseTrace, type Trace } from '@stopbit/traces'

/** A trace with the file it comes from, as messages name it. */
export interface TraceFile {
  readonly trace: Trace
  /** With forward slashes, from the suite's folder. */
  readonly file: string
  readonly text: string
}

const WILDCARDS = new Map([
  ['**', '.*'],
  ['*', '[^/]*'],
])
const SUITE_FOLDER = fileURLToPath(new URL('..', import.meta.url))

/**
 * Reads all traces of the suite, or those whose id matches one of `patterns` (`*` within a segment, `**` over several; a pattern
 * without a slash also matches the slug alone). Sorted by id. Throws the first file's `TraceError`.
 */
export function loadTraces(patterns: readonly string[] = []): TraceFile[] {
  const files = globSync('traces/*/*.trace.json', { cwd: SUITE_FOLDER }).map((file) => file.replaceAll('\\', '/'))
  return files
    .toSorted()
    .map((file) => {
      const text = readFileSync(join(SUITE_FOLDER, file), 'utf8')
      return { trace: parseTrace(text, `conformance/${file}`), file, text }
    })
    .filter(({ trace }) => patterns.length === 0 || patterns.some((pattern) => matches(pattern, trace.id)))
}

function matches(pattern: string, id: string): boolean {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => WILDCARDS.get(part) ?? part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('')
  const expression = new RegExp(`^${source}$`)
  return expression.test(id) || (!pattern.includes('/') && expression.test(id.split('/')[1] ?? ''))
}
