import type { Measurement } from '../load/run-job.ts'
import type { Scenario, Work } from '../scenarios.ts'

export type MetricId =
  | 'cpu-per-request'
  | 'requests-per-second'
  | 'cpu-per-event'
  | 'events-per-second'
  | 'healthy-events-per-second'
  | 'added-p50'
  | 'added-p99'
  | 'rss-per-stream'
  | 'cpu-at-rest'
  | 'cpu-per-gigabyte'
  | 'megabytes-per-second'

/** What is made of a window. */
export interface Metric {
  readonly id: MetricId
  readonly title: string
  readonly unit: string
  readonly isLessBetter: boolean
  /** What a window says; `undefined` if it says nothing of it. `direct` is the same round's window without a proxy. */
  readonly of: (measurement: Measurement, work: Work, direct: Measurement | undefined) => number | undefined
}

const CPU_PER_EVENT: Metric = {
  id: 'cpu-per-event',
  title: 'CPU per event',
  unit: 'µs',
  isLessBetter: true,
  of: ({ cpuUs, counts }, work) => positive(cpuUs.proxy / eventsIn(counts.bytes, work)),
}

const REQUESTS: readonly Metric[] = [
  {
    id: 'cpu-per-request',
    title: 'CPU per request',
    unit: 'µs',
    isLessBetter: true,
    of: ({ cpuUs, counts }) => positive(cpuUs.proxy / counts.complete),
  },
  {
    id: 'requests-per-second',
    title: 'requests/s',
    unit: '',
    isLessBetter: false,
    of: ({ counts, seconds }) => counts.complete / seconds,
  },
]

const EVENTS: readonly Metric[] = [
  CPU_PER_EVENT,
  {
    id: 'events-per-second',
    title: 'events/s',
    unit: '',
    isLessBetter: false,
    of: ({ counts, seconds }, work) => eventsIn(counts.bytes, work) / seconds,
  },
  {
    id: 'healthy-events-per-second',
    title: 'events/s of whole streams',
    unit: '',
    isLessBetter: false,
    of: ({ counts, seconds }, work) =>
      work.kind === 'saturated' ? (eventsIn(counts.bytes, work) * wholeShare(work)) / seconds : undefined,
  },
]

const PACED: readonly Metric[] = [CPU_PER_EVENT, added('added-p50', 'p50'), added('added-p99', 'p99')]

const MEMORY: readonly Metric[] = [
  {
    id: 'rss-per-stream',
    title: 'memory per stream',
    unit: 'KiB',
    isLessBetter: true,
    of: ({ rssKib }, { connections }) => positive((rssKib.end - rssKib.start) / connections),
  },
  {
    id: 'cpu-at-rest',
    title: 'CPU, one event every 2 s each',
    unit: '% of a core',
    isLessBetter: true,
    of: ({ cpuUs, seconds }) => positive(cpuUs.proxy / seconds / 10_000),
  },
]

const BYTES: readonly Metric[] = [
  {
    id: 'cpu-per-gigabyte',
    title: 'CPU per GB',
    unit: 's',
    isLessBetter: true,
    of: ({ cpuUs, counts }) => positive((cpuUs.proxy * 1000) / counts.bytes),
  },
  {
    id: 'megabytes-per-second',
    title: 'MB/s',
    unit: '',
    isLessBetter: false,
    of: ({ counts, seconds }) => counts.bytes / seconds / 1e6,
  },
]

const BY_SUBJECT: Readonly<Record<Scenario['measures'], readonly Metric[]>> = {
  requests: REQUESTS,
  events: EVENTS,
  paced: PACED,
  memory: MEMORY,
  bytes: BYTES,
}

/** What is said of a scenario; the first is what it is for. */
export function metricsOf({ measures }: Scenario): readonly Metric[] {
  return BY_SUBJECT[measures]
}

function added(id: 'added-p50' | 'added-p99', which: 'p50' | 'p99'): Metric {
  return {
    id,
    title: `added latency ${which}`,
    unit: 'µs',
    isLessBetter: true,
    of: ({ latencyUs }, _work, direct) =>
      latencyUs === undefined || direct?.latencyUs === undefined || direct.latencyUs === latencyUs
        ? undefined
        : latencyUs[which] - direct.latencyUs[which],
  }
}

function eventsIn(bytes: number, work: Work): number {
  return work.kind === 'json' ? Number.NaN : bytes / work.eventBytes
}

/**
 * The part of all events that is in whole streams, where one in `cutEvery` is cut halfway. Streams that ended within a window are no
 * measure: those that run in step end together, in the window or behind it.
 */
function wholeShare({ cutEvery }: Extract<Work, { kind: 'saturated' }>): number {
  return cutEvery === 0 ? 1 : (cutEvery - 1) / (cutEvery - 0.5)
}

/** Without a proxy there is nothing to divide. */
function positive(value: number): number | undefined {
  return value > 0 && Number.isFinite(value) ? value : undefined
}
