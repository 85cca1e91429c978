import { BASE } from '../peers.ts'
import type { MetricId } from './metrics.ts'

/** A ratio that is to be met: of a peer to another, or to itself in another scenario. */
export interface Target {
  readonly title: string
  readonly scenario: string
  readonly metric: MetricId
  readonly peer: string
  readonly against: string
  /** Where it is compared with itself. */
  readonly againstScenario?: string
  readonly atMost?: number
  readonly atLeast?: number
  /** Measured in every round; the others only as often as everything. */
  readonly isMust: boolean
}

const NODE = 'stopbit-node'

const MUSTS: readonly Omit<Target, 'isMust'>[] = [
  {
    title: 'CPU per event, 10 per write, saturated',
    scenario: 'saturated-10',
    metric: 'cpu-per-event',
    peer: NODE,
    against: BASE,
    atMost: 0.4,
  },
  {
    title: 'CPU per event, 10 per write, saturated',
    scenario: 'saturated-10',
    metric: 'cpu-per-event',
    peer: NODE,
    against: 'undici-dispatch',
    atMost: 0.75,
  },
  {
    title: 'CPU per event, paced, 1 per write',
    scenario: 'paced-1',
    metric: 'cpu-per-event',
    peer: NODE,
    against: BASE,
    atMost: 1.08,
  },
  {
    title: 'CPU per event, paced, 10 per write',
    scenario: 'paced-10',
    metric: 'cpu-per-event',
    peer: NODE,
    against: BASE,
    atMost: 0.7,
  },
  {
    title: 'CPU per small JSON request',
    scenario: 'json',
    metric: 'cpu-per-request',
    peer: NODE,
    against: BASE,
    atMost: 1,
  },
  {
    title: 'added p50 per paced event',
    scenario: 'paced-1',
    metric: 'added-p50',
    peer: NODE,
    against: BASE,
    atMost: 1.15,
  },
  {
    title: 'memory per open stream, 5,000 open',
    scenario: 'open-5000',
    metric: 'rss-per-stream',
    peer: NODE,
    against: BASE,
    atMost: 0.85,
  },
  ...['paced-1', 'saturated-10'].map((scenario) => ({
    title: `protection on versus off, ${scenario === 'paced-1' ? 'paced' : 'saturated'}`,
    scenario,
    metric: 'cpu-per-event' as const,
    peer: NODE,
    against: 'stopbit-node-plain',
    atMost: 1.03,
  })),
  {
    title: 'Fastify plugin, small JSON requests/s',
    scenario: 'json',
    metric: 'requests-per-second',
    peer: 'stopbit-fastify',
    against: 'fastify-http-proxy',
    atLeast: 1.2,
  },
  ...['paced-1', 'saturated-10'].map((scenario) => ({
    title: `fetch adapter on Node, CPU per event, ${scenario === 'paced-1' ? 'paced' : 'saturated'}`,
    scenario,
    metric: 'cpu-per-event' as const,
    peer: 'stopbit-edge-node',
    against: 'bare-fetch',
    atMost: 1.1,
  })),
  {
    title: 'throughput of whole streams with 10 % cut',
    scenario: 'faults-10',
    metric: 'healthy-events-per-second',
    peer: NODE,
    against: NODE,
    againstScenario: 'saturated-10',
    atLeast: 0.9,
  },
]

const OTHERS = ['portkey', 'http-proxy', 'httpxy', 'fastify-http-proxy', 'hono-proxy']
const AHEAD_IN: readonly (readonly [scenario: string, metric: MetricId, title: string])[] = [
  ['saturated-10', 'cpu-per-event', 'CPU per event, 10 per write, saturated'],
  ['json', 'cpu-per-request', 'CPU per small JSON request'],
  ['open-1000', 'rss-per-stream', 'memory per open stream, 1,000 open'],
]

export const TARGETS: readonly Target[] = [
  ...MUSTS.map((target) => ({ ...target, isMust: true })),
  ...AHEAD_IN.flatMap(([scenario, metric, title]) =>
    OTHERS.map((against) => ({ title, scenario, metric, peer: NODE, against, atMost: 1, isMust: false })),
  ),
  {
    title: 'fetch adapter on Bun, CPU per event, saturated',
    scenario: 'saturated-10',
    metric: 'cpu-per-event',
    peer: 'stopbit-edge-bun',
    against: 'bun',
    atMost: 1.1,
    isMust: false,
  },
]
