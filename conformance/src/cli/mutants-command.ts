import { writeFileSync } from 'node:fs'
import type { Trace } from '@stopbit/traces'
import { loadTraces } from '../load-traces.ts'
import { MUTANTS, type Mutant } from '../mutants.ts'
import { createPrinter } from '../report/printer.ts'
import { formatKillMatrix, formatMutantLine } from '../report/kill-matrix.ts'
import { killMatrixMarkdown } from '../report/kill-matrix-markdown.ts'
import {
  findMutant,
  idleTraces,
  joinParts,
  objectingTraces,
  killsByTrace,
  runMutant,
  unprovenInvariants,
  type MutantResult,
} from '../run-mutants.ts'

/** What `mutants` takes from the command line. */
export interface MutantsOptions {
  readonly trace?: string[]
  /** Mutants at the same time. */
  readonly jobs: number
  /** For the windows of the harness, on slow machines. */
  readonly timeoutMultiplier?: number
  /** A Markdown page to write, of the whole matrix only. */
  readonly write?: string
  readonly json?: true
}

/** Mutants at the same time in the second part, where times are measured: it mostly waits. */
const QUIET_JOBS = 3

/** Traces of one mutant at the same time, each on a process of its own: most wait for a silence to end. */
const LANES = 16

/**
 * Runs the mutants (all, or those named); resolves to 0 when each failed exactly its own invariants, else 1. Of all mutants, every
 * invariant must have one that it alone catches; of all traces too, every one with a fault must catch one.
 */
export async function mutantsCommand(names: readonly string[], options: MutantsOptions): Promise<0 | 1> {
  const isWhole = names.length === 0 && options.trace === undefined
  if (options.write !== undefined && !isWhole)
    throw new RangeError('Cannot use --write: the page is of all mutants and all traces, so name none')
  const mutants = names.length === 0 ? MUTANTS : names.map(findMutant)
  const traces = loadTraces(options.trace).map(({ trace }) => trace)
  const printer = createPrinter(options.json === true ? process.stderr : process.stdout)
  const played = await playMutants(mutants, traces, {
    ...options,
    onPlayed: (result) => printer.line(formatMutantLine(result, printer.paint)),
  })
  const results = played.map(({ result }) => result)
  const again = played.reduce((total, one) => total + one.again, 0)
  printer.line(formatKillMatrix(results))
  if (again > 0) printer.line(`${again} traces were played once more, on processes of their own`)
  const unproven = isWhole ? unprovenInvariants(results) : []
  const idle = isWhole ? idleTraces(results, traces) : []
  for (const id of unproven) printer.line(printer.paint('bad', `No mutant is caught by ${id} alone`))
  for (const id of idle) printer.line(printer.paint('bad', `${id} catches no mutant and is not tagged "control"`))
  if (options.write !== undefined) writeFileSync(options.write, killMatrixMarkdown(results, traces, again))
  if (options.json === true) {
    const rows = results.map(({ mutant, killed, failed }) => ({
      ...mutant,
      killed,
      failed: Object.fromEntries(failed),
    }))
    const kills = Object.fromEntries(killsByTrace(results, traces))
    process.stdout.write(`${JSON.stringify({ mutants: rows, kills, unproven, idle, again }, null, 2)}\n`)
  }
  return results.every(({ killed }) => killed) && unproven.length === 0 && idle.length === 0 ? 0 : 1
}

/**
 * All traces against all mutants. When that is through, and little else runs: the sweeps, which measure times, and once more the traces
 * that objected to what a mutant does not break, each on a process of its own: a busy machine makes any proxy late, and what a trace
 * leaves in a shared process is not the next one's. What they say then, counts.
 */
async function playMutants(
  mutants: readonly Mutant[],
  traces: readonly Trace[],
  options: MutantsOptions & { readonly onPlayed: (result: MutantResult) => void },
): Promise<readonly PlayedMutant[]> {
  const { jobs, timeoutMultiplier = 1, onPlayed } = options
  const scripted = traces.filter(({ sweep }) => sweep === undefined)
  const whole = await inParallel(mutants, jobs, async (mutant) => {
    const result = await runMutant(mutant, scripted, { jobs: LANES, timeoutMultiplier })
    if (result.killed) onPlayed(result)
    return result
  })
  return await inParallel(whole, QUIET_JOBS, async (first) => {
    const again = objectingTraces(first)
    const second = traces.filter(({ id, sweep }) => sweep !== undefined || again.has(id))
    const result = joinParts(
      first,
      await runMutant(first.mutant, second, { jobs: 2, timeoutMultiplier, shareProcesses: false }),
    )
    if (!result.killed || !first.killed) onPlayed(result)
    return { result, again: again.size }
  })
}

interface PlayedMutant {
  readonly result: MutantResult
  /** So many traces were played twice. */
  readonly again: number
}

/** In the order of `items`. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  jobs: number,
  act: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const queue = [...items.entries()]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await act(next[1])
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return results
}
