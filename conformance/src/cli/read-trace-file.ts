import { readFileSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { parseTrace } from '@stopbit/traces'
import type { TraceFile } from '../load-traces.ts'

/** Reads one trace from any folder, of which its group is the last. Throws a `TraceError` for what is no trace, a `RangeError` for a file that cannot be read. */
export function readTraceFile(file: string): TraceFile {
  const path = resolve(file).split(sep).join('/')
  const text = readText(file)
  return { trace: parseTrace(text, path), file: path, text }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new RangeError(`${file}: cannot be read`, { cause: error })
  }
}
