import type { Trace } from '@stopbit/traces'
import { attest, type Attestation } from '../judge/attest.ts'
import { dialectRules, type DialectRules } from '../judge/dialect.ts'
import { exchangeEvidence, type Evidence, type SweepEvidence } from '../judge/evidence.ts'
import { judgeTrace, uniformCells } from '../judge/judge-trace.ts'
import { LIMIT_VARIABLES, type Manifest } from '../manifest.ts'
import type { Target } from '../read-manifest.ts'
import type { Cell, TraceResult, Verdict, Versions } from '../verdict.ts'
import { playClient } from './client-script.ts'
import { sendControlRequest } from './control-request.ts'
import { playSweep } from './play-sweep.ts'
import { Stage, type Sabotage, type Timing } from './stage.ts'
import { startTarget, TargetStartError, type TargetProcess } from './target-process.ts'
import { startUpstream } from './upstream-player.ts'

const NOTHING_SENT = { connections: 0, requests: 0 }

/** How one trace is to be run. */
export interface TraceRun {
  readonly target: Target
  readonly timing: Timing
  readonly sabotage?: Sabotage | undefined
}

/**
 * Plays one trace against a fresh process of the target: both ends, then the control request, then the verdicts. Never rejects
 * for what a target does; one that does not start makes the trace `inconclusive`.
 */
export async function runTrace(trace: Trace, run: TraceRun): Promise<TraceResult> {
  const started = performance.now()
  let versions: Versions = {}
  const result = (cells: Cell[], outcomes: readonly string[] = [], upstream = NOTHING_SENT): TraceResult => ({
    trace: trace.id,
    cells,
    outcomes,
    upstream,
    versions,
    durationMs: Math.round(performance.now() - started),
  })
  const path = run.target.manifest.dialects[trace.dialect]?.path
  const rules = dialectRules(trace.dialect)
  const unplayable = whyUnplayable(trace, run.target)
  if (unplayable !== undefined) return result(uniformCells(trace, unplayable))
  if (path === undefined || rules === undefined)
    return result(uniformCells(trace, { verdict: 'not-tested', because: `no judge for ${trace.dialect} yet` }))

  const { substitutes, environment } = run.target.manifest
  const backsOff = (environment as readonly string[]).includes(LIMIT_VARIABLES.retryBackoffMs)
  const stage = new Stage(trace, run.timing, run.sabotage, { substitutes, backsOff })
  const upstream = await startUpstream(stage)
  try {
    const target = await startTarget(run.target, stage, upstream.url)
    versions = target.versions
    try {
      const sweep = await playBothEnds(stage, target, path)
      upstream.confirmFault()
      const attestation = attestSweep(stage, sweep)
      const reached = {
        connections: stage.connections.filter(({ requests }) => requests > 0).length,
        requests: stage.requests.length,
      }
      await upstream.enterControl()
      const evidence = await gather(stage, {
        target,
        rules,
        path,
        sweep,
        policyRetry: run.target.manifest.policy?.retry,
      })
      return result(
        judgeTrace(evidence, attestation),
        evidence.exchanges.map(({ outcome }) => outcome),
        reached,
      )
    } finally {
      await target.stop()
    }
  } catch (error) {
    if (!(error instanceof TargetStartError)) throw error
    return result(uniformCells(trace, { verdict: 'inconclusive', because: error.message }))
  } finally {
    await upstream.close()
  }
}

function whyUnplayable(trace: Trace, { manifest }: Target): Verdict | undefined {
  const lacking = trace.requires.filter((feature) => !manifest.features.includes(feature))
  if (lacking.length > 0)
    return { verdict: 'not-applicable', because: lacking.map((feature) => whyLacking(manifest, feature)).join('; ') }
  if (manifest.dialects[trace.dialect] === undefined)
    return { verdict: 'not-applicable', because: `the target does not speak ${trace.dialect}` }
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

function whyLacking({ lacks }: Manifest, feature: string): string {
  const why = lacks?.[feature]
  return `the target does not declare ${feature}${why === undefined ? '' : `: ${why}`}`
}

async function playBothEnds(stage: Stage, target: TargetProcess, path: string): Promise<SweepEvidence | undefined> {
  const { trace } = stage
  if (trace.sweep !== undefined) return await playSweep(stage, trace.sweep, { port: target.port, path })
  await playClient(stage, trace.client, { port: target.port, path, runId: 'run', parameters: {} })
  stage.clientDone = true
  stage.board.changed()
  // What the script has still to see after the client is through, such as an upstream connection that must be let go.
  await stage.board.until(() => stage.activity.playing === 0, stage.capMs)
  return undefined
}

/** A listener that never closes idle connections leaves nothing to attest: CONN-1 then says `not-tested`. */
function attestSweep(stage: Stage, sweep: SweepEvidence | undefined): Attestation {
  return sweep !== undefined && sweep.idleCloseMs === undefined && stage.sabotage === undefined
    ? { state: 'held' }
    : attest(stage)
}

interface Surroundings {
  readonly target: TargetProcess
  readonly rules: DialectRules
  readonly path: string
  readonly sweep: SweepEvidence | undefined
  readonly policyRetry: number | undefined
}

async function gather(stage: Stage, { target, rules, path, sweep, policyRetry }: Surroundings): Promise<Evidence> {
  const control = await sendControlRequest(stage, target.port, path)
  return {
    trace: stage.trace,
    rules,
    scale: stage.timing.scale,
    timeoutMultiplier: stage.timing.timeoutMultiplier,
    exchanges: stage.exchanges.map((exchange) =>
      exchangeEvidence(stage.trace, rules, exchange, stage.requestsOf(exchange)),
    ),
    aborts: stage.aborts,
    control,
    processExit: target.exited(),
    canary: target.canary,
    policyRetry,
    sweep,
  }
}
