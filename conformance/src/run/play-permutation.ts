import type { Permutation, Trace } from '@stopbit/traces'
import { attest, type Attestation } from '../judge/attest.ts'
import { dialectRules } from '../judge/dialect.ts'
import { exchangeEvidence, type Evidence, type SweepEvidence } from '../judge/evidence.ts'
import { judgeTrace, uniformCells } from '../judge/judge-trace.ts'
import type { Target } from '../read-manifest.ts'
import type { TraceResult } from '../verdict.ts'
import { playClient } from './client-script.ts'
import { sendControlRequest, type ControlResult } from './control-request.ts'
import { playSweep } from './play-sweep.ts'
import type { Stage } from './stage.ts'
import type { TargetProcess } from './target-process.ts'
import type { UpstreamPlayer } from './upstream-player.ts'

/** What a permutation is played with. The stage is its own, the rest is shared. */
export interface Play {
  readonly target: Target
  readonly process: TargetProcess
  readonly upstream: UpstreamPlayer
  readonly stage: Stage
}

/** What was played. One that is not alive is of no use for another permutation. */
export interface Played {
  readonly result: TraceResult
  readonly isAlive: boolean
}

/** How long the news of a process's end may take after its connections have gone, not scaled. */
const EXIT_NEWS_MS = 500

/** Plays both ends of one permutation, asks whether the target lives, and judges. Lets no connection go over to the next one. */
export async function playPermutation({ trace, base }: Permutation, play: Play): Promise<Played> {
  const { stage, upstream, process } = play
  const started = performance.now()
  upstream.begin(stage)
  const path = play.target.manifest.dialects[trace.dialect]?.path ?? '/'
  const rules = dialectRules(trace.dialect)
  const sweep = await playBothEnds(stage, process, path)
  upstream.confirmFault()
  const attestation = attestSweep(stage, sweep)
  const reached = {
    connections: stage.connections.filter(({ requests }) => requests > 0).length,
    requests: stage.requests.length,
  }
  await upstream.enterControl()
  const control = await askWhetherAlive(play, path)
  const processExit = process.exited()
  // Before the connections are closed: which of them the target kept is part of the evidence.
  const judged = judgeSafely(trace, () => judgePlay(play, { rules, sweep, control, processExit, attestation }))
  await upstream.endConnections()
  const result: TraceResult = {
    trace: trace.id,
    base,
    ...judged,
    upstream: reached,
    versions: process.versions,
    timeline: stage.timeline,
    durationMs: Math.round(performance.now() - started),
  }
  return { result, isAlive: control.alive && processExit === undefined }
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

async function askWhetherAlive({ stage, process }: Play, path: string): Promise<ControlResult> {
  const control = await sendControlRequest(stage, process.port, path)
  if (!control.alive) await stage.board.until(() => process.exited() !== undefined, EXIT_NEWS_MS)
  return control
}

interface Seen extends Pick<Evidence, 'control' | 'processExit' | 'rules' | 'sweep'> {
  readonly attestation: Attestation
}

type Judged = Pick<TraceResult, 'cells' | 'outcomes'>

function judgePlay({ stage, target, process }: Play, { attestation, ...seen }: Seen): Judged {
  const exchanges = stage.exchanges.map((exchange) =>
    exchangeEvidence(stage.trace, seen.rules, exchange, stage.requestsOf(exchange)),
  )
  const evidence: Evidence = {
    ...seen,
    trace: stage.trace,
    scale: stage.timing.scale,
    timeoutMultiplier: stage.timing.timeoutMultiplier,
    exchanges,
    aborts: stage.aborts,
    canary: process.canary,
    policyRetry: target.manifest.policy?.retry,
    policyTruncation: target.manifest.policy?.truncation,
  }
  return { cells: judgeTrace(evidence, attestation), outcomes: exchanges.map(({ outcome }) => outcome) }
}

/** An answer at which a judge of ours breaks (JSON of 50,000 levels is one) must not take the verdicts of all other traces along. */
function judgeSafely(trace: Trace, judge: () => Judged): Judged {
  try {
    return judge()
  } catch (error) {
    const because = `the harness could not judge what it saw: ${(error as Error).message}`
    return { cells: uniformCells(trace, { verdict: 'inconclusive', because }), outcomes: [] }
  }
}
