import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Trace } from '@stopbit/traces'
import { INVARIANTS } from '../invariants.ts'
import type { Manifest } from '../manifest.ts'
import { inProfiles, profileOf } from '../profiles.ts'
import type { Target } from '../read-manifest.ts'
import { counts, withdrawnCells, type Requirements } from '../requirements.ts'
import { countCells, exitCodeOf, traceState, type Cell, type SuiteResult, type TraceResult } from '../verdict.ts'
import type { Report, ReportCell, ReportTrace, Selection } from './report.ts'
import { claimOf, profileResults } from './score.ts'

/** What a report is made of beside the results. */
export interface ReportContext {
  readonly target: Target
  /** All traces of the suite. */
  readonly traces: readonly Trace[]
  readonly selection: Selection
  /** Undefined: everything counts. */
  readonly requirements?: Requirements | undefined
}

/** Makes a report of a run: cells beyond the selected profiles are left out, those beyond the release are marked. */
export function createReport(result: SuiteResult, context: ReportContext): Report {
  const { target, selection, requirements } = context
  const release = requirements?.release ?? null
  const selected = selectCells(result, context)
  const scored = scoredPart(selected, requirements)
  const traces = selected.traces.map((one) => reportTrace(one, context))
  const profiles = profileResults(traces)
  const used = new Set(traces.flatMap(({ cells }) => cells.map(({ invariant }) => invariant)))
  return {
    schema: 1,
    suite: { version: suiteVersion(), release },
    date: new Date().toISOString(),
    machine: {
      node: process.versions.node,
      os: process.platform,
      arch: process.arch,
      cpuCount: availableParallelism(),
    },
    target: result.target,
    manifest: withoutValues(target.manifest),
    scale: result.scale,
    repeat: result.repeat,
    selection,
    exitCode: exitCodeOf(scored),
    passedCells: countCells(scored, 'pass'),
    claim: claimOf(traces, profiles, { release, selection }),
    profiles,
    invariants: INVARIANTS.filter(({ id }) => used.has(id)).map(({ id, level, statement, why, source }) => ({
      id,
      level,
      statement,
      why,
      source,
    })),
    traces,
    withdrawn: requirements === undefined ? [] : withdrawnCells(requirements, context.traces),
  }
}

/** A result without what a selection of profiles leaves out. A failure that blocks a selected cell stays: it is the reason. */
export function selectCells(
  result: SuiteResult,
  { traces, selection }: Pick<ReportContext, 'traces' | 'selection'>,
): SuiteResult {
  if (selection.profiles.length === 0) return result
  const keep = (one: TraceResult): Cell[] => {
    const trace = findTrace(one, traces)
    const own = one.cells.filter(({ invariant }) => inProfiles(trace, invariant, selection.profiles))
    const blockers = own.flatMap((cell) => (cell.verdict === 'blocked' ? [cell.by] : []))
    return one.cells.filter((cell) => own.includes(cell) || blockers.includes(cell.invariant))
  }
  const kept = result.traces.map((one) => ({ ...one, cells: keep(one) }))
  return { ...result, traces: kept.filter(({ cells }) => cells.length > 0) }
}

/** The part of a result that decides. */
export function scoredPart(result: SuiteResult, requirements: Requirements | undefined): SuiteResult {
  const scored = result.traces.map((one) => ({
    ...one,
    cells: one.cells.filter(({ invariant }) => counts(requirements, one.trace, invariant)),
  }))
  return { ...result, traces: scored.filter(({ cells }) => cells.length > 0) }
}

function reportTrace(result: TraceResult, { traces, requirements }: ReportContext): ReportTrace {
  const trace = findTrace(result, traces)
  const { title, dialect, family, provenance } = trace
  const cells = result.cells.map((cell): ReportCell => {
    const profile = profileOf(trace, cell.invariant)
    const counted = counts(requirements, result.trace, cell.invariant)
    return { ...cell, profile, ...(counted ? {} : { notScored: 'added-after-release' }) }
  })
  const scored = result.cells.filter((_, index) => cells[index]?.notScored === undefined)
  return {
    ...result,
    title,
    dialect,
    family,
    provenance: provenance.kind,
    state: traceState(scored.length === 0 ? result : { ...result, cells: scored }),
    ...(scored.length === 0 ? { notScored: 'added-after-release' } : {}),
    cells,
    timeline: fromItsStart(result.timeline),
  }
}

/** Times from the first entry, in microseconds at the finest: how long the target took to start is no part of a trace. */
function fromItsStart(timeline: TraceResult['timeline']): TraceResult['timeline'] {
  const start = timeline[0]?.atMs ?? 0
  return timeline.map((entry) => ({ ...entry, atMs: Math.round((entry.atMs - start) * 1_000) / 1_000 }))
}

function findTrace({ base }: TraceResult, traces: readonly Trace[]): Trace {
  const trace = traces.find(({ id }) => id === base)
  if (trace === undefined) throw new RangeError(`Cannot report ${base}: there is no such trace`)
  return trace
}

/** The fixed variables of a target may hold a secret, which has no place in a file that is handed on. */
function withoutValues(manifest: Manifest): Manifest {
  if (!('env' in manifest.target) || manifest.target.env === undefined) return manifest
  const { env } = manifest.target
  const names = Object.fromEntries(Object.keys(env).map((name) => [name, '(not shown)']))
  return { ...manifest, target: { ...manifest.target, env: names } }
}

/** The version of the package, which is that of the suite's runner. */
export function suiteVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string
  }
  return version
}
