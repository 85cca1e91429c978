import { writeFileSync } from 'node:fs'
import { formatTrace } from '@stopbit/traces'
import { createPrinter } from '../report/printer.ts'
import { readTraceFile } from './read-trace-file.ts'

/** Writes traces anew, laid out as all are. Throws a `TraceError` for a file that is no trace, before any is written. */
export function traceFormatCommand(files: readonly string[]): 0 {
  const changed = files
    .map((file) => ({ file, text: readTraceFile(file).text }))
    .map(({ file, text }) => ({ file, text, laidOut: formatTrace(JSON.parse(text) as object) }))
    .filter(({ text, laidOut }) => text !== laidOut)
  for (const { file, laidOut } of changed) writeFileSync(file, laidOut)
  createPrinter(process.stdout).line(`${files.length} traces, ${changed.length} changed`)
  return 0
}
