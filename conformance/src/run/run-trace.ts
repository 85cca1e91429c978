import { expandTrace, type Permutation, type Trace } from '@stopbit/traces'
import type { Target } from '../read-manifest.ts'
import type { TraceResult } from '../verdict.ts'
import { groupByProcess } from './group-by-process.ts'
import { mergeCuts, showsEnough } from './merge-cuts.ts'
import { notPlayed, TargetSession, type TraceRun } from './target-session.ts'
import { planTrace, type TracePlan } from './target/plan-trace.ts'

export type { TraceRun }

/**
 * Plays a trace in all its permutations, one after the other: both ends, then the control request, then the verdicts. They share
 * a process of the target as long as it lives and their limits are the same. One result per permutation, or one for all cuts. Never
 * rejects for what a target does; one that does not start makes the trace `inconclusive`.
 */
export async function runTrace(trace: Trace, run: TraceRun): Promise<readonly TraceResult[]> {
  const permutations = expandTrace(trace)
  const results: TraceResult[] = []
  const playable = new Map<number, Permutation[]>() // by scale
  for (const permutation of permutations) {
    const plan = planPermutation(permutation.trace, run)
    if (plan.play === undefined) results.push(notPlayed(permutation, plan.why))
    else playable.set(plan.scale, [...(playable.get(plan.scale) ?? []), { ...permutation, trace: plan.play }])
  }
  const isEnough = (): boolean => trace.cuts !== undefined && showsEnough(results)
  for (const [scale, members] of playable) {
    const scaled = { ...run, timing: { ...run.timing, scale } }
    for (const group of groupByProcess(members)) await playGroup(group, scaled, results, isEnough)
  }
  if (trace.cuts !== undefined) return [mergeCuts(trace, results)]
  return permutations.flatMap((permutation) => results.find((result) => result.trace === permutation.trace.id) ?? [])
}

async function playGroup(
  group: readonly Permutation[],
  run: TraceRun,
  results: TraceResult[],
  isEnough: () => boolean,
): Promise<void> {
  const [first] = group
  if (first === undefined) return
  const session = run.sessions?.take(first.trace, run) ?? new TargetSession(run)
  try {
    for (const permutation of group) if (!isEnough()) results.push(await session.play(permutation))
  } finally {
    await (run.sessions === undefined ? session.close() : run.sessions.giveBack(first.trace, run, session))
  }
}

/** Whether and how a target can be shown a permutation's trace. */
function planPermutation(trace: Trace, { target, timing }: TraceRun): TracePlan {
  const { manifest } = target
  const lacking = trace.requires.filter((feature) => !manifest.features.includes(feature))
  if (lacking.length > 0)
    return {
      why: { verdict: 'not-applicable', because: lacking.map((feature) => whyLacking(target, feature)).join('; ') },
    }
  if (manifest.dialects[trace.dialect] === undefined)
    return { why: { verdict: 'not-applicable', because: `the target does not speak ${trace.dialect}` } }
  return planTrace(trace, manifest, { scale: timing.scale })
}

function whyLacking({ manifest: { lacks } }: Target, feature: string): string {
  const why = lacks?.[feature]
  return `the target does not declare ${feature}${why === undefined ? '' : `: ${why}`}`
}
