import type { Trace } from '@stopbit/traces'
import { loadTraces } from '../src/load-traces.ts'
import { createReport, type ReportContext } from '../src/report/create-report.ts'
import type { Report } from '../src/report/report.ts'
import { referenceTarget } from '../src/run-mutants.ts'
import { runSuite } from '../src/run/run-suite.ts'
import type { TimelineEntry } from '../src/timeline.ts'
import type { Cell, TraceResult } from '../src/verdict.ts'

const ALL = loadTraces().map(({ trace }) => trace)
const NOTHING = { profiles: [], traces: [], sabotage: false }

/** A real run of the reference proxy, whole or with a mutation, as a report. */
export async function runReport(ids: readonly string[], mutant?: string): Promise<Report> {
  const target = referenceTarget(mutant)
  const chosen = ALL.filter(({ id }) => ids.includes(id))
  const result = await runSuite(target, chosen, { jobs: 2 })
  return createReport(result, { target, traces: ALL, selection: NOTHING })
}

/** A cell; its reason says `so` unless it is told. */
export function cell(invariant: string, verdict: Cell['verdict'], because = 'so', more: object = {}): Cell {
  const level = invariant.startsWith('LIVE') ? 'should' : 'must'
  const reason = verdict === 'pass' ? {} : { because }
  const known = verdict === 'known-failing' ? { reason: 'the runtime', source: 'an issue', bare: 'bare-x' } : {}
  return {
    invariant,
    level,
    verdict,
    ...reason,
    ...(verdict === 'blocked' ? { by: 'RAW-1' } : {}),
    ...known,
    ...more,
  } as Cell
}

/** A report of made-up cells, by the id of a real trace. */
export function madeReport(
  traces: Readonly<Record<string, readonly Cell[]>>,
  context: Partial<ReportContext> = {},
  timeline: readonly TimelineEntry[] = [],
): Report {
  const results = Object.entries(traces).map(([id, cells]): TraceResult => {
    const found = ALL.find((trace: Trace) => id === trace.id || id.startsWith(`${trace.id}/`))
    return {
      trace: id,
      base: found?.id ?? id,
      cells,
      outcomes: ['error-in-band'],
      upstream: { connections: 1, requests: 1 },
      versions: {},
      timeline,
      durationMs: 12,
    }
  })
  const suite = { target: 'made', scale: 0.05, repeat: 1, traces: results }
  return createReport(suite, { target: referenceTarget(), traces: ALL, selection: NOTHING, ...context })
}
