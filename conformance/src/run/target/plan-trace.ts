import { DEFAULT_SCALE, effectiveLimits, type LimitName, type Trace } from '@stopbit/traces'
import { LIMIT_VARIABLES, takesLimit, upstreamPortOf, type Manifest } from '../../manifest.ts'
import type { Verdict } from '../../verdict.ts'
import { takesPort } from '../taken-port.ts'

/** How a trace is played against a target, or why it cannot be. */
export type TracePlan =
  | { readonly play: Trace; readonly scale: number }
  | { readonly play?: undefined; readonly why: Verdict }

/** What one run allows. */
export interface PlanOptions {
  readonly scale?: number
  /** Longest that a trace may take which must be played at scale 1, in milliseconds. Default 120,000. */
  readonly maxTraceMs?: number
}

/**
 * Limits that are fixed in the target cannot be scaled: a trace whose fault is a silence that one of them ends is played at scale 1
 * with the target's own value, or is `not-tested` when that takes too long. A target whose upstream has a fixed port cannot be shown
 * one that refuses connections.
 */
export function planTrace(trace: Trace, manifest: Manifest, options: PlanOptions = {}): TracePlan {
  const scale = options.scale ?? DEFAULT_SCALE
  if (upstreamPortOf(manifest) !== undefined && takesPort(trace))
    return notTested('the upstream of this target has a fixed port, and the trace needs one of its own')
  const bounds = limitsOfStalls(trace).map((limit) => manifest.substitutes?.[limit] ?? limit)
  const unknown = bounds.filter((limit) => !takesLimit(manifest, limit) && manifest.limits?.[limit] === undefined)
  if (unknown.length > 0)
    return notTested(`the target does not take ${unknown.map((limit) => LIMIT_VARIABLES[limit]).join(', ')}`)
  const fixed = bounds.filter((limit) => !takesLimit(manifest, limit))
  if (fixed.length === 0) return { play: trace, scale }
  const own = Object.fromEntries(fixed.map((limit) => [limit, manifest.limits?.[limit]]))
  const play: Trace = { ...trace, limits: { ...trace.limits, ...own } }
  const takesMs = durationMs(play, bounds)
  const maxMs = options.maxTraceMs ?? 120_000
  return takesMs <= maxMs
    ? { play, scale: 1 }
    : notTested(`takes ${seconds(takesMs)} with the target's own ${fixed.join(', ')}, allowed are ${seconds(maxMs)}`)
}

function notTested(because: string): TracePlan {
  return { why: { verdict: 'not-tested', because } }
}

function limitsOfStalls({ upstream }: Trace): LimitName[] {
  const steps = upstream.connections.flatMap(({ script }) => script)
  const limits = steps.flatMap((step): LimitName[] => {
    if (step.do === 'tls' && step.how === 'handshake-stall') return ['connectTimeoutMs']
    return step.do === 'stall' ? [step.boundedBy] : []
  })
  return [...new Set(limits)]
}

/** Of its waits and silences, at scale 1. */
function durationMs({ limits, upstream }: Trace, bounds: readonly LimitName[]): number {
  const known = effectiveLimits(limits)
  const waits = upstream.connections.flatMap(({ script }) => script).map((step) => (step.do === 'wait' ? step.ms : 0))
  return [...waits, ...bounds.map((limit) => known[limit] ?? 0)].reduce((total, ms) => total + ms, 0)
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1_000)} s`
}
