import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Measurement } from '../load/run-job.ts'
import type { Peer } from '../peers.ts'
import { scenarioOf, type Scenario } from '../scenarios.ts'
import { chooseCores, type Cores } from './cores.ts'
import { startEnds, type Ends } from './ends.ts'
import { NoMeasurement } from './no-measurement.ts'
import { inOrder, type Plan, type Turn } from './plan.ts'
import { startPeer, type RunningPeer } from './start-peer.ts'

/** One window that was run, or why it was not. */
export interface Outcome {
  readonly round: number
  readonly peer: string
  readonly scenario: string
  readonly result:
    | { readonly is: 'measured'; readonly measurement: Measurement }
    | { readonly is: 'not-available'; readonly reason: string }
    /** Bytes were other than what was sent, or a peer that must have a number has none. The run has failed. */
    | { readonly is: 'failed'; readonly reason: string }
}

/** How long each kind of work is done before anything of a process is measured. */
export type WarmUp = readonly (readonly [scenario: string, ms: number])[]

/**
 * Until the cost of a request falls no more. V8 goes on compiling for some 2 to 3 s of small requests: behind 2 s of streams, each costs up
 * to three quarters more in the first two (measured: the Node adapter 123 µs, then 78; Fastify's proxy 161, then 91).
 */
export const WARM: WarmUp = [
  ['saturated-10', 2_000],
  ['json', 3_000],
]
/** Enough to see that everything works. */
export const LUKEWARM: WarmUp = [
  ['saturated-10', 400],
  ['json', 400],
]

/** Then they are started anew: what V8 has made of one process is one outcome of several. */
export const ROUNDS_PER_PROCESS = 6

/** Who has just done the same work needs no longer than this, for its connections. */
const SAME_WORK_WARM_MS = 125

/** Runs the plan. `told` hears of each window. */
export async function runBench(plan: Plan, told: (outcome: Outcome) => void, warmUp: WarmUp = WARM): Promise<Cores> {
  const cores = chooseCores()
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-bench-'))
  const ends = await startEnds(cores)
  const certificateFile = join(folder, 'upstream.pem')
  writeFileSync(certificateFile, ends.certificate)
  const peers = new Peers(ends, certificateFile, cores, warmUp)
  try {
    for (let round = 0; round < plan.length; round += ROUNDS_PER_PROCESS) {
      await peers.stop()
      for (const turn of inOrder(plan, round, round + ROUNDS_PER_PROCESS)) told(await runTurn(peers, ends, turn))
    }
  } finally {
    await peers.stop()
    await ends.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return cores
}

async function runTurn(peers: Peers, ends: Ends, turn: Turn): Promise<Outcome> {
  const { peer, scenario, round } = turn
  const outcome = { round, peer: peer.id, scenario: scenario.id }
  const missing = (error: unknown, mayLack: boolean): Outcome => {
    if (!(error instanceof NoMeasurement)) throw error
    return { ...outcome, result: { is: mayLack ? 'not-available' : 'failed', reason: error.message } }
  }
  let running: RunningPeer
  try {
    running = await peers.get(peer, scenario)
  } catch (error) {
    return missing(error, peer.isOptional)
  }
  try {
    await ends.serve(scenario.work)
    const { work, windowMs } = scenario
    const { port, pids: proxy } = running
    const warmMs = peers.warmMs(running, scenario)
    const measurement = await ends.measure({ work, warmMs, windowMs, proxy, port, path: peer.path })
    const wrong = await wrongIn(measurement, ends, turn)
    if (wrong !== undefined) return { ...outcome, result: { is: 'failed', reason: wrong } }
    return { ...outcome, result: { is: 'measured', measurement } }
  } catch (error) {
    await peers.stop(running)
    return missing(error, peer.isOptional || peer.kind === 'other')
  } finally {
    if (scenario.fresh) await peers.stop(running)
  }
}

async function wrongIn({ counts }: Measurement, ends: Ends, { peer, scenario }: Turn): Promise<string | undefined> {
  const { work } = scenario
  if (counts.wrong > 0) return `${counts.wrong} bodies with bytes that were never sent`
  if (peer.kind === 'ours' && counts.failed > 0) return `${counts.failed} requests without an answer`
  const mayBeCut = work.kind === 'saturated' && work.cutEvery > 0
  const broken = counts.short + counts.cut + counts.told
  if (broken > 0 && !mayBeCut) return `${broken} bodies cut, which the upstream had sent whole`
  return ends.wrongRequests()
}

/** The peers that run. Each goes on running from one window to the next, so that what is measured is not its start. */
class Peers {
  readonly #ends: Ends
  readonly #certificateFile: string
  readonly #core: number | undefined
  readonly #warmUp: WarmUp
  readonly #running = new Map<string, RunningPeer>()
  /** What each did last. */
  readonly #did = new WeakMap<RunningPeer, Scenario>()

  constructor(ends: Ends, certificateFile: string, { proxy }: Cores, warmUp: WarmUp) {
    this.#ends = ends
    this.#certificateFile = certificateFile
    this.#core = proxy
    this.#warmUp = warmUp
  }

  async get(peer: Peer, { tls, fresh, measures }: Scenario): Promise<RunningPeer> {
    const known = fresh ? undefined : this.#running.get(peer.id)
    if (known !== undefined) return known
    const upstreamUrl = tls ? this.#ends.upstreamTlsUrl : this.#ends.upstreamUrl
    const running = await startPeer(peer, { upstreamUrl, certificateFile: this.#certificateFile, core: this.#core })
    if (!fresh) this.#running.set(peer.id, running)
    // Memory is measured from the start of a process on, and whoever can do nothing else is told apart below.
    if (peer.command !== undefined && measures !== 'memory') await this.#warm(peer, running)
    return running
  }

  /** How long it has to do this work before it is measured. */
  warmMs(running: RunningPeer, scenario: Scenario): number {
    const isSame = this.#did.get(running) === scenario
    this.#did.set(running, scenario)
    return isSame ? Math.min(SAME_WORK_WARM_MS, scenario.warmMs) : scenario.warmMs
  }

  /** Stops one, or all. */
  async stop(only?: RunningPeer): Promise<void> {
    const stopped = only === undefined ? [...this.#running.values()] : [only]
    for (const [id, running] of this.#running) if (stopped.includes(running)) this.#running.delete(id)
    await Promise.all(stopped.map((running) => running.stop()))
  }

  async #warm({ path }: Peer, { port, pids: proxy }: RunningPeer): Promise<void> {
    for (const [id, windowMs] of this.#warmUp) {
      const { work } = scenarioOf(id)
      await this.#ends.serve(work)
      // A peer that cannot do this says so where it is measured.
      await this.#ends.measure({ work, path, port, proxy, warmMs: 0, windowMs }).catch(ignoreMissing)
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof NoMeasurement)) throw error
}
