import { PROFILE_NAMES, PROFILES, DIALECT_PROFILES } from '../profiles.ts'
import type { Verdict } from '../verdict.ts'
import type { Claim, Counts, ProfileResult, ReportCell, ReportTrace, Selection } from './report.ts'

/** What came of each profile that has a cell in the run, dialects last. */
export function profileResults(traces: readonly ReportTrace[]): ProfileResult[] {
  return PROFILE_NAMES.flatMap((name) => {
    const cells = cellsOf(traces, [name])
    if (cells.length === 0) return []
    const musts = cells.filter(({ level }) => level === 'must')
    const shoulds = cells.filter(({ level }) => level === 'should')
    const about = PROFILES.find((profile) => profile.name === name)?.about ?? 'all traces that speak this dialect'
    return [{ name, about, state: stateOf(musts), musts: countVerdicts(musts), shoulds: countVerdicts(shoulds) }]
  })
}

/**
 * The sentence on the badge: the profiles that were asked for, or all of which something applied. Green only with zero failed, zero
 * known-failing and zero untested MUSTs; a part of a profile is no claim. It names the dialects where the target does not speak all.
 */
export function claimOf(
  traces: readonly ReportTrace[],
  results: readonly ProfileResult[],
  { release, selection }: { readonly release: string | null; readonly selection: Selection },
): Claim {
  if (selection.sabotage) return { message: 'no claim: the harness was broken on purpose', colour: 'grey' }
  if (selection.traces.length > 0) return { message: 'no claim: not all traces were run', colour: 'grey' }
  const isDialect = (name: string): boolean => DIALECT_PROFILES.some((dialect) => dialect === name)
  const applied = results.filter(({ state, name }) => state !== 'skipped' && !isDialect(name)).map(({ name }) => name)
  const asked = selection.profiles.filter((name) => !isDialect(name))
  const names = PROFILES.map(({ name }) => name).filter((name) => (asked.length > 0 ? asked : applied).includes(name))
  if (names.length === 0 || names.some((name) => !applied.includes(name)))
    return { message: `${names.join('+') || 'nothing'}: nothing applied`, colour: 'grey' }
  const askedDialects = selection.profiles.filter(isDialect)
  const dialects = askedDialects.length > 0 ? askedDialects : onlyDialects(traces)
  const what = [names.join('+'), ...dialects, release ?? 'unreleased'].join(' ')
  const musts = cellsOf(traces, [...names]).filter(({ level }) => level === 'must')
  const against = objections(countVerdicts(musts))
  if (against.length === 0) return { message: what, colour: 'green' }
  const onlyKnown = against.length === 1 && stateOf(musts) === 'known-failing'
  return { message: `${what}, ${against.join(', ')}`, colour: onlyKnown ? 'yellow' : 'red' }
}

/** The dialects that the target speaks; none where it speaks all that were played. */
function onlyDialects(traces: readonly ReportTrace[]): readonly string[] {
  const played = DIALECT_PROFILES.filter((name) => traces.some(({ dialect }) => dialect === name))
  const spoken = played.filter((name) => traces.some(({ dialect, state }) => dialect === name && state !== 'skipped'))
  return spoken.length < played.length ? spoken : []
}

/** What stands against a claim: everything but a pass and what does not apply. */
function objections({ pass: _pass, 'not-applicable': _none, ...rest }: Counts): string[] {
  const { fail = 0, 'known-failing': known = 0, 'not-tested': untested = 0, blocked = 0, ...others } = rest
  const unsaid = Object.values(others).reduce((total, number) => total + number, 0)
  return [
    ...(fail > 0 ? [`${fail} failed`] : []),
    ...(known > 0 ? [`${known} known failing`] : []),
    ...(untested > 0 ? [`${untested} not tested`] : []),
    // What is blocked has a failure beside it, which is counted; alone, it is one of the doubtful.
    ...(unsaid + (fail + known > 0 ? 0 : blocked) > 0 ? [`${unsaid + blocked} in doubt`] : []),
  ]
}

function stateOf(musts: readonly ReportCell[]): ProfileResult['state'] {
  const verdicts = musts.map(({ verdict }) => verdict).filter((verdict) => verdict !== 'not-applicable')
  if (verdicts.length === 0) return 'skipped'
  if (verdicts.every((verdict) => verdict === 'pass')) return 'green'
  if (verdicts.every((verdict) => verdict === 'pass' || verdict === 'known-failing')) return 'known-failing'
  const unclear = verdicts.every((verdict) => ['pass', 'known-failing', 'inconclusive'].includes(verdict))
  return unclear ? 'inconclusive' : 'red'
}

/** Cells that count and belong to one of the profiles. */
function cellsOf(traces: readonly ReportTrace[], names: readonly string[]): ReportCell[] {
  return traces.flatMap(({ dialect, cells }) =>
    cells.filter(
      ({ profile, notScored }) => notScored === undefined && (names.includes(profile) || names.includes(dialect)),
    ),
  )
}

function countVerdicts(cells: readonly ReportCell[]): Counts {
  const counts: { [verdict in Verdict['verdict']]?: number } = {}
  for (const { verdict } of cells) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}
