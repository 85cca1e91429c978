import type { Probe } from './gateway-process.ts'

/** What was seen of the gateway's process. */
export interface ProcessObservation {
  /** Idle, after a warm-up. */
  readonly baseline: Probe
  /** Idle again, at the end. */
  readonly end: Probe
  /** Resident bytes while it worked, in the order of time. */
  readonly rssSamples: readonly number[]
}

const MIB = 1024 * 1024
/** What an idle heap may have grown by: compiled code, caches of the runtime. */
const HEAP_GROWTH_BYTES = 8 * MIB
/** Resident memory also depends on what the allocator gives back, and when. */
const RSS_GROWTH_BYTES = 128 * MIB
/** The last third of a run may need this much more than the first one. */
const THIRD_GROWTH = 1.2
const THIRD_GROWTH_BYTES = 24 * MIB
/** Samples in each third, half a minute of them: in less time a few large answers decide. */
const TREND_SAMPLES = 60
/** A socket that is used has about twenty; each request that forgot one of its own would add to it. */
const MOST_LISTENERS = 40

/** Whether the idle process is as it was after its warm-up. */
export function judgeProcess({ baseline, end, rssSamples }: ProcessObservation): string[] {
  const problems = end.warnings.map((warning) => `The gateway's process warned: ${warning}`)
  const compare = (name: string, now: number, before: number, allowed = 0): void => {
    if (now > before + allowed) problems.push(`${name}: ${now} at the end, ${before} after the warm-up`)
  }
  compare('Sockets to clients', end.downstreamSockets, 0)
  compare('Sockets to the upstream', end.upstreamSockets, 0)
  compare('Held bytes of the memory budget', end.heldBytes, 0)
  compare('Listeners of the process', end.processListeners, baseline.processListeners)
  compare('Listeners of the server', end.serverListeners, baseline.serverListeners)
  for (const type of Object.keys(end.resources)) {
    compare(`Active ${type}`, end.resources[type] ?? 0, baseline.resources[type] ?? 0)
  }
  compare('Heap in use', end.memory.heapUsed, baseline.memory.heapUsed, HEAP_GROWTH_BYTES)
  compare('External memory', end.memory.external, baseline.memory.external, HEAP_GROWTH_BYTES)
  compare('Resident memory', end.memory.rss, baseline.memory.rss, RSS_GROWTH_BYTES)
  return [...problems, ...judgeTrend(rssSamples)]
}

/** Whether a busy process holds what it should hold. */
export function judgeSample({ mostListeners }: Pick<Probe, 'mostListeners'>): string[] {
  return mostListeners > MOST_LISTENERS ? [`A socket has ${mostListeners} listeners`] : []
}

function judgeTrend(samples: readonly number[]): string[] {
  const third = Math.floor(samples.length / 3)
  if (third < TREND_SAMPLES) return []
  const [first, last] = [median(samples.slice(0, third)), median(samples.slice(-third))]
  if (last <= first * THIRD_GROWTH + THIRD_GROWTH_BYTES) return []
  return [`Resident memory grows: ${first} in the first third of the run, ${last} in the last one`]
}

/** The middle of some numbers; 0 of none. */
function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
