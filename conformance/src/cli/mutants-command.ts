import { loadTraces } from '../load-traces.ts'
import { MUTANTS } from '../mutants.ts'
import { createPrinter } from '../report/printer.ts'
import { formatKillMatrix, formatMutantLine } from '../report/kill-matrix.ts'
import { findMutant, idleTraces, runMutant, unprovenInvariants, type MutantResult } from '../run-mutants.ts'

/** What `mutants` takes from the command line. */
export interface MutantsOptions {
  readonly trace?: string[]
  readonly jobs: number
  readonly json?: true
}

/**
 * Runs the mutants (all, or those named); resolves to 0 when each failed exactly its own invariants, else 1. Of all mutants, every
 * invariant must have one that it alone catches; of all traces too, every one with a fault must catch one.
 */
export async function mutantsCommand(names: readonly string[], options: MutantsOptions): Promise<0 | 1> {
  const mutants = names.length === 0 ? MUTANTS : names.map(findMutant)
  const traces = loadTraces(options.trace).map(({ trace }) => trace)
  const printer = createPrinter(options.json === true ? process.stderr : process.stdout)
  const results: MutantResult[] = []
  for (const mutant of mutants) {
    const result = await runMutant(mutant, traces, { jobs: options.jobs })
    results.push(result)
    printer.line(formatMutantLine(result, printer.paint))
  }
  printer.line(formatKillMatrix(results))
  const isWhole = names.length === 0 && options.trace === undefined
  const unproven = isWhole ? unprovenInvariants(results) : []
  const idle = isWhole ? idleTraces(results, traces) : []
  for (const id of unproven) printer.line(printer.paint('bad', `No mutant is caught by ${id} alone`))
  for (const id of idle) printer.line(printer.paint('bad', `${id} catches no mutant and is not tagged "control"`))
  if (options.json === true) {
    const rows = results.map(({ mutant, killed, failed }) => ({
      ...mutant,
      killed,
      failed: Object.fromEntries(failed),
    }))
    process.stdout.write(`${JSON.stringify({ mutants: rows, unproven, idle }, null, 2)}\n`)
  }
  return results.every(({ killed }) => killed) && unproven.length === 0 && idle.length === 0 ? 0 : 1
}
