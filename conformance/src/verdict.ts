import type { TimelineEntry } from './timeline.ts'

/** What a trace × invariant came to. Only `pass` is green. */
export type Verdict =
  /** `preempted`: the target ended the exchange rightly before the fault, which the trace allows. */
  | { readonly verdict: 'pass'; readonly because?: string; readonly preempted?: true }
  | { readonly verdict: 'fail'; readonly because: string }
  /** A SHOULD that does not hold. */
  | { readonly verdict: 'warn'; readonly because: string }
  /** Another invariant's failure explains this one. */
  | { readonly verdict: 'blocked'; readonly by: string; readonly because: string }
  | { readonly verdict: 'not-applicable'; readonly because: string }
  | { readonly verdict: 'not-tested'; readonly because: string }
  /** The harness cannot say: the fault did not happen as the trace has it. */
  | { readonly verdict: 'inconclusive'; readonly because: string }
  /** Fails, and the target's list of known failures has it: green, and never a pass. */
  | {
      readonly verdict: 'known-failing'
      readonly because: string
      readonly reason: string
      readonly source: string
      readonly bare: string
    }
  /** The list has it, and it does not fail (any more). */
  | { readonly verdict: 'stale-entry'; readonly because: string }
  /** Repeats differ. */
  | { readonly verdict: 'flaky'; readonly because: string }

export type Cell = Verdict & { readonly invariant: string; readonly level: 'must' | 'should' }

export type Versions = Readonly<Record<string, string>>

/** One permutation of a trace against one target. */
export interface TraceResult {
  /** Id of the permutation; for a trace without variants its own id. */
  readonly trace: string
  /** Id of the trace. */
  readonly base: string
  readonly cells: readonly Cell[]
  /** How each exchange ended, in order. */
  readonly outcomes: readonly string[]
  /** What reached the upstream, the control request not counted. */
  readonly upstream: { readonly connections: number; readonly requests: number }
  /** What the target said of itself when it was ready: runtime or library to version. */
  readonly versions: Versions
  /** What happened on both sides, in the order of time. */
  readonly timeline: readonly TimelineEntry[]
  readonly durationMs: number
}

/** A whole run. */
export interface SuiteResult {
  readonly target: string
  readonly scale: number
  readonly repeat: number
  readonly traces: readonly TraceResult[]
}

/** `green`: every MUST that applies is `pass`, or known to fail. `skipped`: not applicable to this target. */
export function traceState(result: TraceResult): 'green' | 'red' | 'inconclusive' | 'skipped' {
  const stale = result.cells.some(({ verdict }) => verdict === 'stale-entry')
  const musts = result.cells.filter(({ level }) => level === 'must').map(({ verdict }) => verdict)
  const applicable = musts.filter((verdict) => verdict !== 'not-applicable')
  if (stale || applicable.some((verdict) => verdict === 'fail' || verdict === 'flaky')) return 'red'
  if (applicable.length === 0) return 'skipped'
  if (applicable.every((verdict) => verdict === 'pass' || verdict === 'known-failing')) return 'green'
  return applicable.includes('inconclusive') ? 'inconclusive' : 'red'
}

/** From bad to good: the worst cell stands for a whole trace, or for an invariant over all traces. */
const WORST_FIRST: readonly Verdict['verdict'][] = [
  'fail',
  'stale-entry',
  'flaky',
  'blocked',
  'inconclusive',
  'not-tested',
  'known-failing',
  'warn',
  'pass',
  'not-applicable',
]

/** The worst verdict; `not-applicable` only when there is no other. Undefined for no cells. */
export function worstVerdict(cells: readonly Cell[]): Verdict['verdict'] | undefined {
  return WORST_FIRST.find((verdict) => cells.some((cell) => cell.verdict === verdict))
}

/** 0 conforming; 1 a MUST does not hold or was not tested; 2 the harness cannot say, or nothing applied. */
export function exitCodeOf({ traces }: SuiteResult): 0 | 1 | 2 {
  const states = traces.map(traceState)
  if (states.includes('red')) return 1
  return states.includes('inconclusive') || !states.includes('green') ? 2 : 0
}

/** Cells of a run with a given verdict. */
export function countCells({ traces }: SuiteResult, verdict: Verdict['verdict']): number {
  return traces.flatMap(({ cells }) => cells).filter((cell) => cell.verdict === verdict).length
}
