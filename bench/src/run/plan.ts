import { PEERS, peerOf, type Peer } from '../peers.ts'
import { SCENARIOS, scenarioOf, type Scenario } from '../scenarios.ts'
import { TARGETS, type Target } from '../report/targets.ts'

/** One window to measure. */
interface Job {
  readonly peer: Peer
  readonly scenario: Scenario
}

/** The windows of each round, not yet in their order. */
export type Plan = readonly (readonly Job[])[]

export interface PlanOptions {
  /** Rounds of what decides. */
  readonly rounds: number
  /** In how many of them every peer runs every scenario. */
  readonly broadRounds: number
  /** Whatever is compared at all is compared once on each process. */
  readonly roundsPerProcess: number
  readonly peers: readonly string[] | undefined
  readonly scenarios: readonly string[] | undefined
  readonly quick: boolean
}

const QUICK_PEERS = [
  'direct',
  'node-http',
  'undici-dispatch',
  'bare-fetch',
  'fastify-http-proxy',
  'stopbit-node',
  'stopbit-edge-node',
]
const QUICK_SCENARIOS = ['json', 'saturated-10', 'paced-1', 'faults-10']
/** Enough to see that it works; a figure that is worth something takes longer. */
const QUICK_WARM_MS = 500

/** Opening thousands of streams, five sizes and another upstream take time: only for those that say something there. */
const NARROW = ['direct', 'node-http', 'undici-dispatch', 'nginx', 'bun', 'stopbit-node', 'stopbit-edge-node']
const NARROW_BY_SCENARIO: Readonly<Record<string, readonly string[]>> = {
  tls: [...NARROW, 'stopbit-gateway'],
  'streams-8': NARROW,
  'streams-512': NARROW,
  'open-5000': ['splice', 'node-http', 'undici-dispatch', 'nginx', 'bare-fetch', 'stopbit-node', 'stopbit-gateway'],
}

/** Starting a process for one window takes ten seconds: in these rounds only. */
const ROUNDS_PER_FRESH = 3

const MUSTS = TARGETS.filter(({ isMust }) => isMust)

/** Which windows are run. Throws a `RangeError` for a peer or a scenario that there is not. */
export function makePlan(options: PlanOptions): Plan {
  const { rounds, broadRounds, roundsPerProcess, peers, scenarios, quick } = options
  const chosenPeers = (peers ?? (quick ? QUICK_PEERS : PEERS.map(({ id }) => id))).map(peerOf)
  const known = (scenarios ?? (quick ? QUICK_SCENARIOS : SCENARIOS.map(({ id }) => id))).map(scenarioOf)
  const chosenScenarios = quick ? known.map(shortened) : known
  const jobs = chosenScenarios.flatMap((scenario) => chosenPeers.map((peer) => ({ peer, scenario })))
  const isChosen = peers !== undefined
  const broad = jobs.filter((job) => canRun(job) && (isChosen || says(job)))
  const compared = broad.filter((job) => isCompared(job, TARGETS))
  const deciding = broad.filter((job) => isCompared(job, MUSTS))
  return Array.from({ length: rounds }, (_, round) => {
    const narrow = round % roundsPerProcess === 0 ? compared : deciding
    const asked = round < broadRounds ? broad : narrow
    return round % ROUNDS_PER_FRESH === 0 ? asked : asked.filter(({ scenario }) => !scenario.fresh)
  })
}

function shortened(scenario: Scenario): Scenario {
  return { ...scenario, warmMs: Math.min(scenario.warmMs, QUICK_WARM_MS) }
}

/** Whether a target is about this window, or needs it for comparison. */
function isCompared({ peer, scenario }: Job, targets: readonly Target[]): boolean {
  return targets.some(
    (target) =>
      (target.scenario === scenario.id && (peer.id === target.peer || peer.id === target.against)) ||
      (target.againstScenario === scenario.id && peer.id === target.peer) ||
      // What a proxy adds to a latency is known only beside no proxy.
      (target.scenario === scenario.id && target.metric === 'added-p50' && peer.id === 'direct'),
  )
}

function canRun({ peer, scenario }: Job): boolean {
  if (peer.id === 'splice') return !scenario.tls
  if (peer.id === 'direct') return !scenario.tls && scenario.measures !== 'memory'
  return true
}

function says({ peer, scenario }: Job): boolean {
  const narrow = NARROW_BY_SCENARIO[scenario.id] ?? (scenario.measures === 'bytes' ? NARROW : undefined)
  return narrow === undefined || narrow.includes(peer.id)
}

/** A window with the round that it belongs to. */
export interface Turn extends Job {
  readonly round: number
}

/**
 * The windows of rounds `from` to before `to` as they are run: the scenarios in an order by chance, in each its rounds one after the
 * other, and in these the peers by chance. So what is compared stands together: a machine is another one some minutes later. First
 * come the scenarios that start a process for each window, so that those that stay are not left alone for so long.
 */
export function inOrder(plan: Plan, from: number, to: number): Turn[] {
  const turns = plan.slice(from, to).flatMap((jobs, i) => byChance(jobs).map((job) => ({ ...job, round: from + i })))
  const blocks = byChance([...Map.groupBy(turns, ({ scenario }) => blockOf(scenario)).values()])
  const isFresh = ([first]: readonly Turn[]): boolean => first?.scenario.fresh === true
  return [...blocks.filter(isFresh), ...blocks.filter((block) => !isFresh(block))].flat()
}

/** A scenario that is compared with another one is run among its windows. */
function blockOf({ id }: Scenario): string {
  return TARGETS.find(({ scenario }) => scenario === id)?.againstScenario ?? id
}

function byChance<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
