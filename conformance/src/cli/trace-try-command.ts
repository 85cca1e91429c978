import { createPrinter, type Printer } from '../report/printer.ts'
import { oneLine } from '../report/plain-text.ts'
import { formatTraceLine } from '../report/text-report.ts'
import { MUTANTS, type Mutant } from '../mutants.ts'
import { referenceTarget, runMutant } from '../run-mutants.ts'
import { runSuite } from '../run/run-suite.ts'
import { exitCodeOf } from '../verdict.ts'
import { readTraceFile } from './read-trace-file.ts'
import { problemsOfFile } from './trace-lint-command.ts'

/** What `trace try` takes from the command line. */
export interface TraceTryOptions {
  /** Mutants at the same time. */
  readonly jobs: number
  readonly json?: true
}

/** A draft may be tried before somebody has reviewed it. */
const REVIEW = 'provenance.redaction.reviewedBy'

/**
 * Tries one trace: lint must find nothing but a missing reviewer, the reference proxy must be green, and it must kill a mutant
 * unless it is tagged `control`. Resolves to 0, to 1 when one of them does not hold, or to 2 when the harness cannot say.
 */
export async function traceTryCommand(file: string, options: TraceTryOptions): Promise<0 | 1 | 2> {
  const printer = createPrinter(options.json === true ? process.stderr : process.stdout)
  const problems = await problemsOfFile(file)
  for (const problem of problems) printer.line(printer.paint('bad', oneLine(problem)))
  if (problems.some((problem) => !problem.includes(REVIEW))) return 1
  const { trace } = readTraceFile(file)
  const reference = await runSuite(referenceTarget(), [trace])
  for (const result of reference.traces) printer.line(`reference  ${formatTraceLine(result, printer.paint)}`)
  const code = exitCodeOf(reference)
  if (code !== 0) {
    printer.line(printer.paint('bad', 'the reference proxy is not green: a trace that it cannot pass says nothing'))
    return code
  }
  const kills = await findKills(file, options.jobs, printer)
  const isControl = trace.tags?.includes('control') === true
  printer.line(summary(kills, isControl))
  if (options.json === true)
    process.stdout.write(`${JSON.stringify({ trace: trace.id, kills: Object.fromEntries(kills) })}\n`)
  return kills.size > 0 || isControl ? 0 : 1
}

/** Each mutant that the trace catches, with the invariants by which it does. */
async function findKills(file: string, jobs: number, printer: Printer): Promise<Map<string, readonly string[]>> {
  const { trace } = readTraceFile(file)
  const kills = new Map<string, readonly string[]>()
  const queue: Mutant[] = [...MUTANTS]
  const work = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const { failed } = await runMutant(mutant, [trace])
      const own = [...failed.keys()].filter((id) => mutant?.fails.includes(id) === true)
      if (own.length === 0) continue
      kills.set(mutant.name, own)
      printer.line(`${printer.paint('good', 'kills')}  ${mutant.name.padEnd(24)} ${own.join(' ')}`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return kills
}

function summary(kills: ReadonlyMap<string, unknown>, isControl: boolean): string {
  if (kills.size === 0 && !isControl)
    return `kills none of ${MUTANTS.length} mutants: what it shows is shown by nobody; or tag it "control"`
  return `kills ${kills.size} of ${MUTANTS.length} mutants`
}
