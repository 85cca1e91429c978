import { DEFAULT_SCALE, type Trace } from '@stopbit/traces'
import { holdAgainstKnown } from '../known-failing.ts'
import { upstreamPortOf } from '../manifest.ts'
import type { Target } from '../read-manifest.ts'
import type { Cell, SuiteResult, TraceResult } from '../verdict.ts'
import { runTrace } from './run-trace.ts'
import { SessionPool } from './session-pool.ts'
import type { Sabotage, Timing } from './stage.ts'

/** Not scaled: what a machine may be slow, not what a clock may take. */
const DEFAULT_GRACE_MS = 1_500

/** How to run a set of traces. */
export interface SuiteOptions {
  /** Default 0.05: a 20 s stall lasts 1 s. */
  readonly scale?: number
  /** Default 1. Multiplies the harness's windows, for slow machines. */
  readonly timeoutMultiplier?: number
  /** Default 1. Each trace is run so often; differing verdicts are `flaky`. */
  readonly repeat?: number
  /** Traces at the same time, default 1. A sweep always runs alone. */
  readonly jobs?: number
  /** Breaks the harness on purpose: every trace with a fault must become `inconclusive`. */
  readonly sabotage?: Sabotage | undefined
  /** Traces that tell the target the same share its processes, one trace at a time. For targets whose traces leave nothing behind. */
  readonly shareProcesses?: boolean
  /** Called when a trace is begun. */
  readonly onStart?: (trace: Trace) => void
  /** Called as each permutation of a trace is through. */
  readonly onResult?: (result: TraceResult) => void
}

/** Runs traces against a target. Results are in the order of `traces`. What the machine refuses (a port, a file) makes its trace `inconclusive`. */
export async function runSuite(
  target: Target,
  traces: readonly Trace[],
  options: SuiteOptions = {},
): Promise<SuiteResult> {
  const scale = options.scale ?? DEFAULT_SCALE
  const repeat = options.repeat ?? 1
  const timing: Timing = { scale, graceMs: DEFAULT_GRACE_MS, timeoutMultiplier: options.timeoutMultiplier ?? 1 }
  const results = new Map<string, readonly TraceResult[]>()
  const sessions = options.shareProcesses === true ? new SessionPool() : undefined
  const runOne = async (trace: Trace): Promise<void> => {
    options.onStart?.(trace)
    const rounds: (readonly TraceResult[])[] = []
    for (let round = 0; round < repeat; round += 1)
      rounds.push(await runTrace(trace, { target, timing, sabotage: options.sabotage, sessions }))
    const merged = (rounds[0] ?? []).map((_, index) => mergeRepeats(rounds.flatMap((round) => round[index] ?? [])))
    const held = merged.map((result) => holdAgainstKnown(result, target.knownFailing ?? []))
    results.set(trace.id, held)
    for (const result of held) options.onResult?.(result)
  }
  try {
    await runPool(
      traces.filter(({ sweep }) => sweep === undefined),
      upstreamPortOf(target.manifest) === undefined ? (options.jobs ?? 1) : 1,
      runOne,
    )
    await runPool(
      traces.filter(({ sweep }) => sweep !== undefined),
      1,
      runOne,
    )
  } finally {
    await sessions?.close()
  }
  return { target: target.name, scale, repeat, traces: traces.flatMap(({ id }) => results.get(id) ?? []) }
}

async function runPool(traces: readonly Trace[], jobs: number, runOne: (trace: Trace) => Promise<void>): Promise<void> {
  const queue = [...traces]
  const worker = async (): Promise<void> => {
    try {
      for (let trace = queue.shift(); trace !== undefined; trace = queue.shift()) await runOne(trace)
    } catch (error) {
      queue.length = 0 // what the others would play now, nobody would read
      throw error
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: jobs }, worker))
  // Only when all have come to their end: a process that one of them started later would be nobody's, and the runner would not end.
  const failed = workers.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

function mergeRepeats(runs: readonly TraceResult[]): TraceResult {
  const [first] = runs
  if (first === undefined) throw new RangeError('Cannot use repeat: must be at least 1')
  const cells = first.cells.map((cell, index): Cell => {
    const seen = runs.map((run) => run.cells[index]?.verdict ?? 'not-tested')
    if (seen.every((verdict) => verdict === cell.verdict)) return cell
    // A SHOULD may be a rate at the edge of two timers: it decides nothing, so that its worst is enough.
    if (cell.level === 'should')
      return runs.map((run) => run.cells[index] ?? cell).find(({ verdict }) => verdict !== 'pass') ?? cell
    return {
      invariant: cell.invariant,
      level: cell.level,
      verdict: 'flaky',
      because: `repeats differ: ${seen.join(', ')}`,
    }
  })
  return { ...first, cells, durationMs: runs.reduce((total, run) => total + run.durationMs, 0) }
}
