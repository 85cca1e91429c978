import { TraceError } from '@stopbit/traces'
import { createPrinter } from '../report/printer.ts'
import { oneLine } from '../report/plain-text.ts'
import { lintTraceFile } from './lint-command.ts'
import { readTraceFile } from './read-trace-file.ts'

/** Lints traces by file, wherever they are; prints one line per problem: file, place, rule. Resolves to 0 or 1. Throws for a file that cannot be read. */
export async function traceLintCommand(files: readonly string[]): Promise<0 | 1> {
  const printer = createPrinter(process.stdout)
  const problems = (await Promise.all(files.map(problemsOfFile))).flat()
  for (const problem of problems) printer.line(printer.paint('bad', oneLine(problem)))
  printer.line(`${files.length} traces, ${problems.length} problems`)
  return problems.length === 0 ? 0 : 1
}

/** Every problem of one file, as `file: place: rule`; one that is no trace at all has a single one. */
export async function problemsOfFile(file: string): Promise<string[]> {
  try {
    const problems = await lintTraceFile(readTraceFile(file))
    return problems.map((problem) => problem.replace(/^conformance\//, '')) // the suite's own are named from its folder
  } catch (error) {
    if (error instanceof TraceError) return [error.message]
    throw error
  }
}
