import { expandTrace, type Trace } from '@stopbit/traces'
import { FAMILIES } from './families.ts'
import type { CoverageSection } from './row.ts'
import { STATES } from './states.ts'
import { TRANSPORT } from './transport.ts'

/** Everything that can happen to an answer, by source. What no trace shows says why. */
export const COVERAGE: readonly CoverageSection[] = [...STATES, ...FAMILIES, ...TRANSPORT]

/** The holes: rows without trace or reason, traces that are not there, permutations that are missing, traces that stand in no row. */
export function findHoles(sections: readonly CoverageSection[], traces: readonly Trace[]): string[] {
  const known = new Map(traces.map((trace) => [trace.id, trace]))
  const named = new Set(sections.flatMap(({ rows }) => rows.flatMap((row) => row.traces)))
  return [
    ...sections.flatMap((section) => section.rows.flatMap((row) => holesOfRow(section, row, known))),
    ...traces.filter(({ id }) => !named.has(id)).map(({ id }) => `${id} stands in no row of the coverage table`),
  ]
}

function holesOfRow(
  { title, inEach }: CoverageSection,
  { what, traces, because }: CoverageSection['rows'][number],
  known: ReadonlyMap<string, Trace>,
): string[] {
  if (traces.length === 0) return because === undefined ? [`${title}: ${what}: no trace, and no reason`] : []
  return traces.flatMap((id) => {
    const trace = known.get(id)
    if (trace === undefined) return [`${title}: ${what}: there is no trace ${id}`]
    const played = new Set(expandTrace(trace).map((permutation) => permutation.trace.id.slice(id.length + 1)))
    const missing = (inEach?.values ?? []).filter((value) => !played.has(`${inEach?.param}:${value}`))
    return missing.map((value) => `${title}: ${what}: ${id} is not played with ${inEach?.param}:${value}`)
  })
}
