import { expandTrace, type Permutation, type Trace } from '@stopbit/traces'
import { dialectRules } from '../judge/dialect.ts'
import { uniformCells } from '../judge/judge-trace.ts'
import { LIMIT_VARIABLES } from '../manifest.ts'
import type { Target } from '../read-manifest.ts'
import type { TraceResult, Verdict } from '../verdict.ts'
import { groupByProcess } from './group-by-process.ts'
import { mergeCuts, showsEnough } from './merge-cuts.ts'
import { playPermutation } from './play-permutation.ts'
import { Stage, type Sabotage, type TargetManner, type Timing } from './stage.ts'
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
  const playable: Permutation[] = []
  for (const permutation of permutations) {
    const why = whyUnplayable(permutation.trace, run.target)
    if (why === undefined) playable.push(permutation)
    else results.push(notPlayed(permutation, why))
  }
  const isEnough = (): boolean => trace.cuts !== undefined && showsEnough(results)
  for (const group of groupByProcess(playable)) {
    let left = group
    while (left.length > 0 && !isEnough()) left = left.slice(await runOnOneProcess(left, run, results, isEnough))
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
  const upstream = await startUpstream(stage)
  let target: TargetProcess | undefined
  try {
    target = await startTarget(run.target, stage, upstream.url)
    let played = 0
    for (const permutation of permutations) {
      const own = played === 0 ? stage : stageFor(permutation.trace, run)
      results.push(await playPermutation(permutation, { target: run.target, process: target, upstream, stage: own }))
      played += 1
      if (target.exited() !== undefined || isEnough()) break
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

function whyUnplayable(trace: Trace, target: Target): Verdict | undefined {
  const { manifest } = target
  const lacking = trace.requires.filter((feature) => !manifest.features.includes(feature))
  if (lacking.length > 0)
    return { verdict: 'not-applicable', because: lacking.map((feature) => whyLacking(target, feature)).join('; ') }
  if (manifest.dialects[trace.dialect] === undefined)
    return { verdict: 'not-applicable', because: `the target does not speak ${trace.dialect}` }
  if (dialectRules(trace.dialect) === undefined)
    return { verdict: 'not-tested', because: `no judge for ${trace.dialect} yet` }
  const stalls = trace.upstream.connections.flatMap(({ script }) =>
    script.flatMap((step) => (step.do === 'stall' ? [step.boundedBy] : [])),
  )
  const unknown = stalls
    .map((limit) => LIMIT_VARIABLES[manifest.substitutes?.[limit] ?? limit])
    .filter((name) => !(manifest.environment as readonly string[]).includes(name))
  return unknown.length === 0
    ? undefined
    : { verdict: 'not-tested', because: `the target does not take ${unknown.join(', ')}` }
}

function whyLacking({ manifest: { lacks } }: Target, feature: string): string {
  const why = lacks?.[feature]
  return `the target does not declare ${feature}${why === undefined ? '' : `: ${why}`}`
}
