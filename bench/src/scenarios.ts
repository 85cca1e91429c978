/** How a window of the benchmark is filled. Sizes in bytes. */
export type Work =
  /** Small answers, one after the other on each connection. */
  | { readonly kind: 'json'; readonly connections: number; readonly promptBytes: number }
  /** Streams one after the other on each connection, as fast as they go. */
  | {
      readonly kind: 'saturated'
      readonly connections: number
      readonly eventBytes: number
      readonly eventsPerWrite: number
      readonly eventsPerStream: number
      /** Every so many streams the upstream resets one halfway; 0 is never. */
      readonly cutEvery: number
    }
  /** Streams that stay open, with one write every `everyMs` each. */
  | {
      readonly kind: 'paced'
      readonly connections: number
      readonly eventBytes: number
      readonly eventsPerWrite: number
      readonly everyMs: number
    }

/** One thing that is measured. */
export interface Scenario {
  readonly id: string
  readonly title: string
  readonly work: Work
  /** What its windows decide: times and throughput, memory of a fresh process, or cost per byte. */
  readonly measures: 'requests' | 'events' | 'paced' | 'memory' | 'bytes'
  readonly warmMs: number
  readonly windowMs: number
  /** The upstream speaks TLS. */
  readonly tls: boolean
  /** The peer is started anew, since its memory is measured or its upstream is another. */
  readonly fresh: boolean
}

const EVENT_BYTES = 180
const STREAMS = 64
const LARGE_PROMPT_BYTES = 1024 * 1024

const SATURATED = {
  kind: 'saturated',
  connections: STREAMS,
  eventBytes: EVENT_BYTES,
  eventsPerWrite: 10,
  eventsPerStream: 1000,
  cutEvery: 0,
} as const
const PACED = { kind: 'paced', connections: STREAMS, eventBytes: EVENT_BYTES, eventsPerWrite: 1, everyMs: 20 } as const
/**
 * Many short windows in turn, and no long ones: what the machine does for seconds is then done to all. Before the first of a scenario, what
 * other work has made of the code of a process has to be made again for this one.
 */
const WINDOW = { warmMs: 500, windowMs: 250, tls: false, fresh: false } as const
/** Requests are a hundred times rarer than events. */
const REQUEST_WINDOW = { ...WINDOW, warmMs: 1000, windowMs: 500 } as const
/** At 3,200 writes a second a proxy is idle most of the time. */
const PACED_WINDOW = { ...WINDOW, windowMs: 500 } as const
/** Each stream has to have had an event, and the proxy a collection or two. */
const OPEN_WINDOW = { ...WINDOW, warmMs: 800, windowMs: 2000, fresh: true } as const
const BATCHED = '64 streams, 180 B events, 10 per write'

/** Every scenario. The order is that of the report; that of a run is by chance. */
export const SCENARIOS: readonly Scenario[] = [
  {
    ...REQUEST_WINDOW,
    id: 'json',
    title: 'Small JSON, 32 at a time',
    measures: 'requests',
    work: { kind: 'json', connections: 32, promptBytes: 200 },
  },
  {
    ...WINDOW,
    id: 'prompts',
    title: 'Prompts of 1 MB, 8 at a time',
    measures: 'requests',
    windowMs: 1000, // they are few
    work: { kind: 'json', connections: 8, promptBytes: LARGE_PROMPT_BYTES },
  },
  {
    ...WINDOW,
    id: 'saturated-1',
    title: 'Saturated: 64 streams, 180 B events, 1 per write',
    measures: 'events',
    work: { ...SATURATED, eventsPerWrite: 1 },
  },
  { ...WINDOW, id: 'saturated-10', title: `Saturated: ${BATCHED}`, measures: 'events', work: SATURATED },
  {
    ...PACED_WINDOW,
    id: 'paced-1',
    title: 'Paced: 64 streams, 50 writes/s, 1 event each',
    measures: 'paced',
    work: PACED,
  },
  {
    ...PACED_WINDOW,
    id: 'paced-10',
    title: 'Paced: 64 streams, 50 writes/s, 10 events each',
    measures: 'paced',
    work: { ...PACED, eventsPerWrite: 10 },
  },
  openStreams(1000),
  openStreams(5000),
  ...[180, 1024, 4096, 16_384, 65_536].map(ofSize),
  {
    ...WINDOW,
    id: 'tls',
    title: `TLS upstream: ${BATCHED}`,
    measures: 'events',
    work: SATURATED,
    tls: true,
    fresh: true,
  },
  ...[8, 512].map(ofMany),
  faulty(1, 100),
  faulty(10, 10),
]

/** The scenario of that id. Throws a `RangeError` that names all, if there is none. */
export function scenarioOf(id: string): Scenario {
  const scenario = SCENARIOS.find((known) => known.id === id)
  if (scenario !== undefined) return scenario
  throw new RangeError(`Cannot run scenario "${id}": must be one of ${SCENARIOS.map((known) => known.id).join(', ')}`)
}

function openStreams(connections: number): Scenario {
  return {
    ...OPEN_WINDOW,
    id: `open-${connections}`,
    title: `${connections.toLocaleString('en')} open streams, one event every 2 s each`,
    measures: 'memory',
    work: { ...PACED, connections, everyMs: 2000 },
  }
}

function ofSize(eventBytes: number): Scenario {
  const eventsPerStream = Math.max(20, Math.min(1000, Math.floor(2_000_000 / eventBytes)))
  return {
    ...WINDOW,
    id: `size-${eventBytes}`,
    title: `Saturated: 64 streams, events of ${eventBytes.toLocaleString('en')} B, 1 per write`,
    measures: 'bytes',
    work: { ...SATURATED, eventBytes, eventsPerWrite: 1, eventsPerStream },
  }
}

/** `saturated-10` with fewer or more streams. */
function ofMany(connections: number): Scenario {
  return {
    ...WINDOW,
    id: `streams-${connections}`,
    title: `Saturated: ${connections} streams, 180 B events, 10 per write`,
    measures: 'events',
    work: { ...SATURATED, connections },
  }
}

function faulty(percent: number, cutEvery: number): Scenario {
  return {
    ...WINDOW,
    id: `faults-${percent}`,
    title: `Upstream resets ${percent} % of the streams: ${BATCHED}`,
    measures: 'events',
    work: { ...SATURATED, cutEvery },
  }
}
