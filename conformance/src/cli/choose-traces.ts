import type { Trace } from '@stopbit/traces'
import { loadTraces } from '../load-traces.ts'
import { PROFILE_NAMES, selectsTrace } from '../profiles.ts'
import type { ReportContext } from '../report/create-report.ts'
import { readRequirements } from '../requirements.ts'
import type { Sabotage } from '../run/stage.ts'

/** What of the suite is to be run, and by which release it is scored. */
export interface Choice {
  /** Patterns. */
  readonly trace?: string[] | undefined
  readonly profile?: string[] | undefined
  readonly release?: string | undefined
  readonly sabotage?: Sabotage | undefined
}

/** The traces to run, and what their report needs. Throws a `RangeError` for an unknown profile or release, and where nothing is left. */
export function chooseTraces(choice: Choice): {
  readonly chosen: readonly Trace[]
  readonly context: Omit<ReportContext, 'target'>
} {
  const { trace: patterns = [], profile: profiles = [], release, sabotage } = choice
  const unknown = profiles.find((name) => !PROFILE_NAMES.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`Cannot use profile ${unknown}: known are ${PROFILE_NAMES.join(', ')}`)
  const matching = loadTraces(patterns).map(({ trace }) => trace)
  if (matching.length === 0) throw new RangeError(`Cannot run: no trace matches ${patterns.join(', ')}`)
  const chosen = matching.filter((trace) => selectsTrace(trace, profiles))
  if (chosen.length === 0) throw new RangeError(`Cannot run: no trace is in ${profiles.join(', ')}`)
  const traces = patterns.length === 0 ? matching : loadTraces().map(({ trace }) => trace)
  const selection = { profiles, traces: patterns, sabotage: sabotage !== undefined }
  return { chosen, context: { traces, selection, requirements: readRequirements(release) } }
}
