import { bodyBytesBeforeFault, formatTrace, lintTrace, type Trace } from '@stopbit/traces'
import { findInvariant } from '../invariants.ts'
import { splitBlocks } from '../judge/sse-blocks.ts'
import { loadTraces, type TraceFile } from '../load-traces.ts'
import { createPrinter } from '../report/printer.ts'
import { oneLine } from '../report/plain-text.ts'

/** Lints every trace and prints one line per problem; resolves to 0 or 1. A file that is no trace at all throws its `TraceError`. */
export async function lintCommand(): Promise<0 | 1> {
  const files = loadTraces()
  const problems = (await Promise.all(files.map(lintTraceFile))).flat()
  const printer = createPrinter(process.stdout)
  for (const problem of problems) printer.line(printer.paint('bad', oneLine(problem)))
  printer.line(`${files.length} traces, ${problems.length} problems`)
  return problems.length === 0 ? 0 : 1
}

/** All problems of one trace, each as `file: place: rule`; beyond `lintTrace` also what needs the suite's invariants and parser. */
export async function lintTraceFile({ trace, file, text }: TraceFile): Promise<string[]> {
  const { must, should = [] } = trace.expect
  const unknown = [...must, ...should]
    .filter((id) => findInvariant(id) === undefined)
    .map((id) => `expect: unknown invariant ${id}`)
  const layout =
    text === formatTrace(JSON.parse(text) as object) ? [] : ['layout: `stopbit-conformance trace format` repairs it']
  return [...(await lintTrace(trace, file)), ...unknown, ...lintEventCount(trace), ...layout].map(
    (problem) => `conformance/${file}: ${problem}`,
  )
}

/** The client cannot have more events than the script sends: such a trace would blame every target. */
function lintEventCount(trace: Trace): string[] {
  const { blocks } = splitBlocks(Buffer.from(bodyBytesBeforeFault(trace)))
  const sent = blocks.filter(({ event }) => event !== undefined).length
  const promised = trace.expect.clientHasEvents ?? 0
  return promised <= sent ? [] : [`expect.clientHasEvents: is ${promised}, the script sends ${sent} complete events`]
}
