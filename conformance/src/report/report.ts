import type { Dialect, Provenance } from '@stopbit/traces'
import type { Manifest } from '../manifest.ts'
import type { ProfileName } from '../profiles.ts'
import type { TimelineEntry } from '../timeline.ts'
import type { traceState, TraceResult, Verdict } from '../verdict.ts'

/** One run against one target, with all that a reader of it needs; documented for others in `report.schema.json`. */
export interface Report {
  /** Rises when a field changes its meaning or goes. */
  readonly schema: 1
  readonly suite: {
    /** Of the package. */
    readonly version: string
    /** The frozen set that decides; null when there is none, and everything counts. */
    readonly release: string | null
  }
  /** When the report was made, ISO 8601. */
  readonly date: string
  readonly machine: Machine
  /** Name of the manifest. */
  readonly target: string
  /** As it was read, without the values of `target.env`. */
  readonly manifest: Manifest
  readonly scale: number
  readonly repeat: number
  readonly selection: Selection
  /** 0 conforming, 1 not, 2 the harness cannot say: by the cells that count. */
  readonly exitCode: 0 | 1 | 2
  readonly passedCells: number
  readonly claim: Claim
  readonly profiles: readonly ProfileResult[]
  readonly invariants: readonly ReportInvariant[]
  readonly traces: readonly ReportTrace[]
  /** Cells of the release that the suite does not have any more. */
  readonly withdrawn: readonly string[]
}

/** What may change a time, and nothing that names the machine. */
interface Machine {
  readonly node: string
  readonly os: string
  readonly arch: string
  readonly cpuCount: number
}

/** What was asked for. Only a run without `traces` and `sabotage` can be claimed. */
export interface Selection {
  readonly profiles: readonly string[]
  /** Patterns of `--trace`. */
  readonly traces: readonly string[]
  readonly sabotage: boolean
}

/** What may be said of a target, and in which colour. */
export interface Claim {
  /** `core+stream 2026.1`, with what stands against it. Never a percentage. */
  readonly message: string
  readonly colour: 'green' | 'yellow' | 'red' | 'grey'
}

export interface ProfileResult {
  /** A profile or a dialect. */
  readonly name: string
  readonly about: string
  /** `skipped`: nothing of it applied. */
  readonly state: 'green' | 'known-failing' | 'red' | 'inconclusive' | 'skipped'
  /** MUSTs that count, by verdict. */
  readonly musts: Counts
  /** SHOULDs that count, by verdict. */
  readonly shoulds: Counts
}

/** How the state of a profile is said. */
export const PROFILE_WORDS: Readonly<Record<ProfileResult['state'], string>> = {
  green: 'conforming',
  'known-failing': 'conforming but for known failures',
  red: 'not conforming',
  inconclusive: 'inconclusive',
  skipped: 'nothing applied',
}

export type Counts = { readonly [verdict in Verdict['verdict']]?: number }

interface ReportInvariant {
  readonly id: string
  readonly level: 'MUST' | 'SHOULD'
  readonly statement: string
  readonly why: string
  readonly source: string
}

export interface ReportTrace extends Omit<TraceResult, 'cells' | 'timeline'> {
  readonly title: string
  readonly dialect: Dialect
  readonly family: string
  readonly provenance: Provenance['kind']
  readonly state: ReturnType<typeof traceState>
  /** Shown, and decides nothing: the release does not have it. */
  readonly notScored?: 'added-after-release'
  readonly cells: readonly ReportCell[]
  /** In the file only for a trace that is neither green nor skipped. */
  readonly timeline?: readonly TimelineEntry[]
}

/** A verdict with its evidence; which fields are there depends on the verdict. */
export interface ReportCell {
  readonly invariant: string
  readonly level: 'must' | 'should'
  readonly verdict: Verdict['verdict']
  readonly profile: ProfileName
  readonly because?: string
  /** `blocked`: by which invariant. */
  readonly by?: string
  readonly preempted?: true
  /** `known-failing`: the entry of the list. */
  readonly reason?: string
  readonly source?: string
  readonly bare?: string
  readonly notScored?: 'added-after-release'
}
