import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { BEHAVIOURS } from './behaviours.ts'
import { startGatewayProcess, type GatewayProcess, type Probe } from './gateway-process.ts'
import { judgeProcess, judgeSample } from './judge-process.ts'
import { Ledger } from './ledger.ts'
import { CLIENT_WEIGHTS } from './plan.ts'
import { runSession, type SessionContext } from './run-session.ts'
import { startUpstream } from './upstream.ts'

export interface SoakOptions {
  readonly seed: number
  /** How long sessions are started after the warm-up. */
  readonly seconds: number
  readonly warmUpSeconds: number
  /** Sessions at a time. */
  readonly parallel: number
  /** How many kinds of behaviour may fail to happen in a run that is short. */
  readonly mayMiss: number
  /**
   * Share of the exchanges that may be cut by a clock because a process stood still. More of them, and the run tells too
   * little of healthy streams.
   */
  readonly maxLateShare: number
  readonly onProgress: (line: string) => void
}

export interface SoakReport {
  /** What was wrong, each with the seed; a soak that went well has none. */
  readonly problems: readonly string[]
  readonly table: string
  readonly summary: string
}

/** Longest wait until a quiet gateway has closed its idle connections: undici keeps them for 4 s, and looks once a second. */
const SETTLE_MS = 12_000
const SAMPLE_MS = 500

/** Runs a gateway against a misbehaving upstream and misbehaving clients. Rejects only if it cannot start. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const ledger = new Ledger(options.seed)
  const upstream = await startUpstream((id) => ledger.find(id))
  const watch = watchLag((until, ms) => ledger.lagged(until, ms))
  try {
    const gateway = await startGatewayProcess(upstream.url, {
      onAccepted: (id) => ledger.accepted(id),
      onRecord: (record) => ledger.recorded(record),
      onLag: (until, ms) => ledger.lagged(until, ms),
      onDeath: (why) => void ledger.problems.push(why),
    })
    try {
      return await soak({ options, ledger, gateway, context: { ledger, port: gateway.port, seed: options.seed } })
    } finally {
      await gateway.stop()
    }
  } finally {
    clearInterval(watch)
    await upstream.close()
  }
}

interface Soak {
  readonly options: SoakOptions
  readonly ledger: Ledger
  readonly gateway: GatewayProcess
  readonly context: Omit<SessionContext, 'agent' | 'until'>
}

async function soak({ options, ledger, gateway, context }: Soak): Promise<SoakReport> {
  const sessions = new Sessions(context, options.parallel)
  const samples: Probe[] = []
  await sessions.run(options.warmUpSeconds)
  const baseline = await quiet(gateway, ledger)
  const sampling = sample(gateway, (probe) => {
    samples.push(probe)
    const { rss, heapUsed } = probe.memory
    options.onProgress(
      `${sessions.started} sessions, ${ledger.tally.exchanges} exchanges, ${ledger.openCount} open, ` +
        `${mib(rss)} RSS, ${mib(heapUsed)} heap, ${ledger.problems.length} problems`,
    )
  })
  const lateBefore = ledger.tally.count('late') // while everything was compiled
  await sessions.run(options.seconds)
  await sampling.stop()
  const end = await quiet(gateway, ledger)
  ledger.close()
  const worst = samples.reduce((most, { mostListeners }) => Math.max(most, mostListeners), 0)
  const problems = [
    ...ledger.problems,
    ...judgeSample({ mostListeners: worst }),
    ...judgeProcess({ baseline, end, rssSamples: samples.map(({ memory }) => memory.rss) }),
    ...judgeCoverage(ledger, options, lateBefore),
  ]
  const summary =
    `seed ${options.seed}: ${ledger.tally.exchanges} exchanges in ${sessions.started} sessions, ${options.parallel} at a time; ` +
    `idle heap ${mib(baseline.memory.heapUsed)} → ${mib(end.memory.heapUsed)}, RSS ${mib(baseline.memory.rss)} → ` +
    `${mib(end.memory.rss)}; ${ledger.tally.count('late')} late, ${ledger.tally.stuck} stuck, a process stood still for up to ${ledger.standstillMs} ms; ` +
    `at most ${worst} listeners on a socket; at the end ${JSON.stringify(end.resources)}`
  return { problems, table: ledger.tally.table(), summary }
}

/** Keeps as many sessions going as are wanted. */
class Sessions {
  started = 0
  readonly #context: Omit<SessionContext, 'agent' | 'until'>
  readonly #parallel: number

  constructor(context: Omit<SessionContext, 'agent' | 'until'>, parallel: number) {
    this.#context = context
    this.#parallel = parallel
  }

  /** Starts sessions for so long, and waits for the last of them. */
  async run(seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1_000
    const agent = new Agent()
    const one = async (): Promise<void> => {
      while (performance.now() < until) await runSession({ ...this.#context, agent, until }, this.started++)
    }
    await Promise.all(Array.from({ length: this.#parallel }, one))
    await agent.destroy()
  }
}

/** Waits until nothing is under way and nothing is open; or until it is clear that something stays. */
async function quiet(gateway: GatewayProcess, ledger: Ledger): Promise<Probe> {
  const deadline = performance.now() + SETTLE_MS
  const over = new AbortController()
  const patience = sleep(SETTLE_MS, undefined, { signal: over.signal }).catch(() => undefined)
  await Promise.race([ledger.settled(), patience])
  over.abort()
  let probe = await gateway.probe(true)
  while (probe.downstreamSockets + probe.upstreamSockets > 0 && performance.now() < deadline) {
    await sleep(200)
    probe = await gateway.probe(false)
  }
  return gateway.probe(true)
}

function sample(gateway: GatewayProcess, take: (probe: Probe) => void): { readonly stop: () => Promise<void> } {
  const over = new AbortController()
  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      take(await gateway.probe(false))
      await sleep(SAMPLE_MS, undefined, { signal: over.signal }).catch(() => undefined)
    }
  }
  const running = loop()
  return {
    async stop() {
      over.abort()
      await running
    },
  }
}

function judgeCoverage({ tally }: Ledger, { mayMiss, maxLateShare }: SoakOptions, lateBefore: number): string[] {
  const kinds = [
    ...Object.keys(BEHAVIOURS).map((name) => `upstream ${name}`),
    ...Object.keys(CLIENT_WEIGHTS).map((name) => `client ${name}`),
  ]
  const missed = tally.unfired(kinds)
  const problems = missed.length > mayMiss ? [`Never happened: ${missed.join(', ')}`] : []
  const late = tally.count('late') - lateBefore
  if (late > tally.exchanges * maxLateShare)
    problems.push(`${late} exchanges came too late: this machine is too busy to tell`)
  return problems
}

function watchLag(onLag: (until: number, ms: number) => void): NodeJS.Timeout {
  let beat = performance.now()
  return setInterval(() => {
    const late = performance.now() - beat - 50
    if (late > 120) onLag(Date.now(), late)
    beat = performance.now()
  }, 50)
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
