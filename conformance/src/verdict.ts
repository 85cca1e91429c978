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
  /** Repeats differ. */
  | { readonly verdict: 'flaky'; readonly because: string }

export type Cell = Verdict & { readonly invariant: string; readonly level: 'must' | 'should' }

/** One trace against one target. */
export interface TraceResult {
  readonly trace: string
  readonly cells: readonly Cell[]
  /** How each exchange ended, in order. */
  readonly outcomes: readonly string[]
  /** What reached the upstream, the control request not counted. */
  readonly upstream: { readonly connections: number; readonly requests: number }
  readonly durationMs: number
}

/** A whole run. */
export interface SuiteResult {
  readonly target: string
  readonly scale: number
  readonly repeat: number
  readonly traces: readonly TraceResult[]
}

/** `green`: every MUST of the trace is `pass`. `skipped`: not applicable to this target. */
export function traceState(result: TraceResult): 'green' | 'red' | 'inconclusive' | 'skipped' {
  const musts = result.cells.filter(({ level }) => level === 'must').map(({ verdict }) => verdict)
  if (musts.every((verdict) => verdict === 'pass')) return 'green'
  if (musts.every((verdict) => verdict === 'not-applicable')) return 'skipped'
  if (musts.some((verdict) => verdict === 'fail' || verdict === 'flaky')) return 'red'
  return musts.includes('inconclusive') ? 'inconclusive' : 'red'
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
