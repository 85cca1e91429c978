import { readFileSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { parseTrace } from '@stopbit/traces'
import type { TraceFile } from '../load-traces.ts'

/** Reads one trace from any folder, of which its group is the last. Throws a `TraceError` for what is no trace, else the system's error. */
export function readTraceFile(file: string): TraceFile {
  const path = resolve(file).split(sep).join('/')
  const text = readFileSync(file, 'utf8')
  return { trace: parseTrace(text, path), file: path, text }
}
