/** A measured matrix of the suite, as small as its page needs it. `./run docs:scoreboard` takes it from the suite's JSON report. */
export interface Scoreboard {
  readonly schema: 1
  /** ISO 8601, the day alone. */
  readonly measuredOn: string
  readonly machine: { readonly node: string; readonly os: string; readonly arch: string; readonly cpuCount?: number }
  /** Factor for the durations and limits of the traces. */
  readonly scale: number
  /** Runs of each trace. */
  readonly repeat: number
  /** What a reader must know of this measurement alone. */
  readonly remark?: string
  readonly targets: readonly ScoreboardTarget[]
  /** Invariant to the worst verdict of each target, in their order; empty where a target has no such cell. */
  readonly byInvariant: Readonly<Record<string, readonly string[]>>
  /** Trace to the worst verdict of each target. */
  readonly byTrace: Readonly<Record<string, readonly string[]>>
  readonly notes: readonly ScoreboardNote[]
}

export interface ScoreboardTarget {
  readonly name: string
  readonly version: string
  /** Runtime and libraries, with their versions. */
  readonly runsOn: string
  readonly url?: string
  readonly about?: string
  /** What its vendor says of a failing upstream. */
  readonly words?: { readonly text: string; readonly url: string }
  /** How it is started, and its configuration: paths from the root of the repository. */
  readonly files: readonly string[]
  /** Limits that it takes from the suite. */
  readonly limits: readonly string[]
}

/** Why a cell is not plain `ok`: one for all traces that say the same. */
export interface ScoreboardNote {
  readonly target: string
  readonly verdict: string
  readonly invariants: string
  /** How many traces, a trace's variants counted each, and one of them. */
  readonly traces: number
  readonly example: string
  readonly because: string
}
