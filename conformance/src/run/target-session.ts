import type { Permutation, Trace } from '@stopbit/traces'
import { uniformCells } from '../judge/judge-trace.ts'
import { LIMIT_VARIABLES, upstreamPortOf } from '../manifest.ts'
import type { Target } from '../read-manifest.ts'
import type { TraceResult, Verdict } from '../verdict.ts'
import { playPermutation } from './play-permutation.ts'
import type { SessionPool } from './session-pool.ts'
import { Stage, type Sabotage, type TargetManner, type Timing } from './stage.ts'
import { startTarget, TargetStartError, type TargetProcess } from './target-process.ts'
import { startUpstream, type UpstreamPlayer } from './upstream-player.ts'

/** How one trace is to be run. */
export interface TraceRun {
  readonly target: Target
  readonly timing: Timing
  readonly sabotage?: Sabotage | undefined
  /** Where given, traces share processes; otherwise each has its own. */
  readonly sessions?: SessionPool | undefined
}

/** What is there to play with. */
type SessionState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'ready'; readonly process: TargetProcess; readonly upstream: UpstreamPlayer }
  /** It does not start, and would not the next time. */
  | { readonly phase: 'failed'; readonly why: Verdict }

/** A process of the target and its upstream, for permutations that `groupByProcess` lets share them. A process that dies is replaced. */
export class TargetSession {
  readonly #run: TraceRun
  #state: SessionState = { phase: 'idle' }

  constructor(run: TraceRun) {
    this.#run = run
  }

  /** Never rejects for what a target does; one that does not start makes what is played `inconclusive`. */
  async play(permutation: Permutation): Promise<TraceResult> {
    const stage = stageFor(permutation.trace, this.#run)
    try {
      if (this.#state.phase === 'idle') this.#state = await this.#start(stage)
      const state = this.#state
      if (state.phase !== 'ready') return notPlayed(permutation, state.phase === 'failed' ? state.why : NOT_STARTED)
      const { result, isAlive } = await playPermutation(permutation, { target: this.#run.target, ...state, stage })
      if (!isAlive) await this.close()
      return result
    } catch (error) {
      await this.close()
      if (!isRefusal(error)) throw error
      return notPlayed(permutation, { verdict: 'inconclusive', because: `the harness failed: ${error.message}` })
    }
  }

  async #start(stage: Stage): Promise<SessionState> {
    const { target, sessions } = this.#run
    const act = async (): Promise<SessionState> => await start(stage, target)
    return await (sessions === undefined ? act() : sessions.inTurn(act))
  }

  /** Ends the process and its upstream. The next permutation would have new ones. */
  async close(): Promise<void> {
    const state = this.#state
    this.#state = { phase: 'idle' }
    if (state.phase !== 'ready') return
    await state.process.stop()
    await state.upstream.close()
  }
}

/** The system's no, as to a port that another program has taken: one trace of hundreds need not cost the others. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}

const NOT_STARTED: Verdict = { verdict: 'inconclusive', because: 'the target was not started' }

async function start(stage: Stage, target: Target): Promise<SessionState> {
  const upstream = await startUpstream(stage, upstreamPortOf(target.manifest))
  try {
    const process = await startTarget(target, stage, upstream.url, upstream.caFile)
    return { phase: 'ready', process, upstream }
  } catch (error) {
    await upstream.close()
    if (!(error instanceof TargetStartError)) throw error
    return { phase: 'failed', why: { verdict: 'inconclusive', because: error.message } }
  }
}

function stageFor(trace: Trace, { target: { manifest }, timing, sabotage }: TraceRun): Stage {
  const backsOff = (manifest.environment as readonly string[]).includes(LIMIT_VARIABLES.retryBackoffMs)
  const manner: TargetManner = { substitutes: manifest.substitutes, backsOff }
  return new Stage(trace, timing, sabotage, manner)
}

/** The same verdict in all cells of a permutation that was not played. */
export function notPlayed({ trace, base }: Permutation, verdict: Verdict): TraceResult {
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
