import { expandTrace, type Permutation, type Trace } from '@stopbit/traces'
import { dialectRules } from '../judge/dialect.ts'
import { uniformCells } from '../judge/judge-trace.ts'
import { LIMIT_VARIABLES, upstreamPortOf } from '../manifest.ts'
import type { Target } from '../read-manifest.ts'
import type { TraceResult, Verdict } from '../verdict.ts'
import { groupByProcess } from './group-by-process.ts'
import { mergeCuts, showsEnough } from './merge-cuts.ts'
import { playPermutation } from './play-permutation.ts'
import { Stage, type Sabotage, type TargetManner, type Timing } from './stage.ts'
import { planTrace, type TracePlan } from './target/plan-trace.ts'
import { startTarget, TargetStartError, type TargetProcess } from './target-process.ts'
import { startUpstream } from './upstream-player.ts'

/** How one trace is to be run. */
export interface TraceRun {
  readonly target: Target
  readonly timing: Timing
  readonly sabotage?: Sabotage | undefined
}

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
    for (const group of groupByProcess(members)) {
      let left = group
      while (left.length > 0 && !isEnough()) left = left.slice(await runOnOneProcess(left, scaled, results, isEnough))
    }
  }
  if (trace.cuts !== undefined) return [mergeCuts(trace, results)]
  return permutations.flatMap((permutation) => results.find((result) => result.trace === permutation.trace.id) ?? [])
}

/** Plays permutations until one has cost the target its life; gives back how many. At least one. */
async function runOnOneProcess(
  permutations: readonly Permutation[],
  run: TraceRun,
  results: TraceResult[],
  isEnough: () => boolean,
): Promise<number> {
  const [first] = permutations
  if (first === undefined) return 0
  const stage = stageFor(first.trace, run)
  const upstream = await startUpstream(stage, upstreamPortOf(run.target.manifest))
  let target: TargetProcess | undefined
  try {
    target = await startTarget(run.target, stage, upstream.url, upstream.caFile)
    let played = 0
    for (const permutation of permutations) {
      const own = played === 0 ? stage : stageFor(permutation.trace, run)
      const play = { target: run.target, process: target, upstream, stage: own }
      const { result, isAlive } = await playPermutation(permutation, play)
      results.push(result)
      played += 1
      if (!isAlive || isEnough()) break
    }
    return played
  } catch (error) {
    if (!(error instanceof TargetStartError)) throw error
    const because = error.message
    results.push(...permutations.map((permutation) => notPlayed(permutation, { verdict: 'inconclusive', because })))
    return permutations.length
  } finally {
    await target?.stop()
    await upstream.close()
  }
}

function stageFor(trace: Trace, { target: { manifest }, timing, sabotage }: TraceRun): Stage {
  const backsOff = (manifest.environment as readonly string[]).includes(LIMIT_VARIABLES.retryBackoffMs)
  const manner: TargetManner = { substitutes: manifest.substitutes, backsOff }
  return new Stage(trace, timing, sabotage, manner)
}

function notPlayed({ trace, base }: Permutation, verdict: Verdict): TraceResult {
  return {
    trace: trace.id,
    base,
    cells: uniformCells(trace, verdict),
    outcomes: [],
    upstream: { connections: 0, requests: 0 },
    versions: {},
    timeline: [],
    durationMs: 0,
  }
}

function planPermutation(trace: Trace, { target, timing }: TraceRun): TracePlan {
  const { manifest } = target
  const lacking = trace.requires.filter((feature) => !manifest.features.includes(feature))
  if (lacking.length > 0)
    return {
      why: { verdict: 'not-applicable', because: lacking.map((feature) => whyLacking(target, feature)).join('; ') },
    }
  if (manifest.dialects[trace.dialect] === undefined)
    return { why: { verdict: 'not-applicable', because: `the target does not speak ${trace.dialect}` } }
  if (dialectRules(trace.dialect) === undefined)
    return { why: { verdict: 'not-tested', because: `no judge for ${trace.dialect} yet` } }
  return planTrace(trace, manifest, { scale: timing.scale })
}

function whyLacking({ manifest: { lacks } }: Target, feature: string): string {
  const why = lacks?.[feature]
  return `the target does not declare ${feature}${why === undefined ? '' : `: ${why}`}`
}
