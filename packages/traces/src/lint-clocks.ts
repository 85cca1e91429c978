import { effectiveLimits, type LimitName, type Limits } from './limits.ts'
import type { ExpectAbortStep, StallStep, Trace, UpstreamStep } from './trace.ts'

/** The scale at which the suite runs by default: durations of traces and limits times this. Grace, windows and offsets stay. */
export const DEFAULT_SCALE = 0.05

/** The longest silence towards a client that LIVE-1 allows, at scale 1. */
export const LIVE_SILENCE_MS = 15_000

/** Clocks that let the upstream go anyway. */
const ABORTING: readonly LimitName[] = ['idleTimeoutMs', 'headersTimeoutMs', 'progressTimeoutMs', 'totalTimeoutMs']

const ENDS_SILENCE: ReadonlySet<string> = new Set([
  'send',
  'chunk-header',
  'chunk-end',
  'fin',
  'truncate',
  'rst',
  'loop',
])

interface Clock {
  readonly name: string
  readonly ms: number
}

/**
 * Finds clocks that lie within a factor of 2 of each other and of which it depends on the winner how the trace is judged. Other
 * pairs may be as close as they like. A limit that is off, or that cannot fire in the phase in question, is no clock.
 *
 * Source: a trace whose abort window and idle limit were both 1,500 ms let a broken target pass once under load.
 */
export function lintClocks(trace: Trace): string[] {
  const limits = effectiveLimits(trace.limits)
  const close = [
    ...lintSilences(trace, limits),
    ...lintAbortWindows(trace, limits),
    ...lintIdleConnections(trace, limits),
    ...lintLiveness(trace, limits),
  ].flatMap(([a, b]) => (isApart(a, b) ? [] : [`clocks: ${show(a)} and ${show(b)} lie within a factor of 2`]))
  return [...close, ...lintHeartbeats(trace, limits)]
}

function isApart(a: Clock, b: Clock): boolean {
  return Math.max(a.ms, b.ms) >= 2 * Math.min(a.ms, b.ms)
}

function show({ name, ms }: Clock): string {
  return `${name} (${ms} ms)`
}

function limitClocks(limits: Limits, names: readonly LimitName[]): Clock[] {
  return names.flatMap((name) => {
    const ms = limits[name]
    return ms === undefined ? [] : [{ name, ms }]
  })
}

/** Waits and stalls of the upstream against every limit of the target that could cut them. */
function lintSilences(trace: Trace, limits: Limits): [Clock, Clock][] {
  const pairs: [Clock, Clock][] = []
  for (const { script } of trace.upstream.connections) {
    let headSent = false
    let silence = 0
    for (const step of script) {
      if (step.do === 'stall') pairs.push(...stallPairs(step, headSent, limits))
      if (step.do === 'tls' && step.how === 'handshake-stall')
        pairs.push(...stallPairs({ boundedBy: 'connectTimeoutMs' }, headSent, limits))
      if (step.do === 'wait' && step.scale !== false) silence += step.ms
      else if (endsSilence(step) && silence > 0) {
        for (const cutter of limitClocks(limits, cuttersOf(headSent)))
          pairs.push([{ name: 'upstream silence', ms: silence }, cutter])
        silence = 0
      }
      if (step.do === 'send' && step.as === 'head') headSent = true
      if (step.do === 'send' && step.everyMs !== undefined)
        for (const cutter of limitClocks(limits, cuttersOf(headSent)))
          pairs.push([{ name: 'everyMs', ms: step.everyMs }, cutter])
    }
  }
  return pairs
}

function endsSilence(step: UpstreamStep): boolean {
  return ENDS_SILENCE.has(step.do) || step.do.startsWith('h2-')
}

function cuttersOf(headSent: boolean): readonly LimitName[] {
  return headSent ? ['idleTimeoutMs', 'progressTimeoutMs', 'totalTimeoutMs'] : ['headersTimeoutMs', 'totalTimeoutMs']
}

function stallPairs(stall: Pick<StallStep, 'boundedBy'>, headSent: boolean, limits: Limits): [Clock, Clock][] {
  const bound = limits[stall.boundedBy]
  if (bound === undefined) return []
  const others = cuttersOf(headSent).filter((name) => name !== stall.boundedBy)
  return limitClocks(limits, others).map((other) => [{ name: stall.boundedBy, ms: bound }, other])
}

/** An abort that only looks prompt because a limit of the target fired just then. Both in milliseconds of the run. */
function lintAbortWindows(trace: Trace, limits: Limits): [Clock, Clock][] {
  const windows = trace.upstream.connections
    .flatMap(({ script }) => script)
    .filter((step): step is ExpectAbortStep => step.do === 'expect-abort')
  return windows.flatMap(({ withinMs }) =>
    limitClocks(limits, ABORTING).map(({ name, ms }): [Clock, Clock] => [
      { name: 'expect-abort.withinMs', ms: withinMs },
      { name: `${name} × ${DEFAULT_SCALE}`, ms: ms * DEFAULT_SCALE },
    ]),
  )
}

/**
 * A runtime that learns of a client's leaving only as it writes would be told by a heartbeat: after the head, where nothing else is
 * written, the first one must come long after the window.
 */
function lintHeartbeats(trace: Trace, limits: Limits): string[] {
  const heartbeatMs = limits.heartbeatMs === undefined ? Infinity : limits.heartbeatMs * DEFAULT_SCALE
  return trace.upstream.connections.flatMap(({ script }) =>
    script.flatMap((step, at) => {
      const isSilent = script.slice(0, at).some(({ do: kind }) => kind === 'send')
      if (step.do !== 'expect-abort' || !isSilent || heartbeatMs >= 2 * step.withinMs) return []
      return [
        `clocks: heartbeatMs × ${DEFAULT_SCALE} (${heartbeatMs} ms) is less than twice expect-abort.withinMs (${step.withinMs} ms)`,
      ]
    }),
  )
}

/** A client that pauses on a kept-alive connection must not meet the listener's own close, unless the trace sweeps just that. */
function lintIdleConnections(trace: Trace, limits: Limits): [Clock, Clock][] {
  const keepalive = limitClocks(limits, ['listenerKeepaliveMs'])
  const cap: Clock[] = trace.calibrate === undefined ? [] : [{ name: 'calibrate.capMs', ms: trace.calibrate.capMs }]
  const pauses = trace.client.flatMap((step): Clock[] => {
    if (step.do !== 'wait' || typeof step.ms !== 'number') return []
    return [{ name: 'client wait', ms: step.scale === false ? step.ms / DEFAULT_SCALE : step.ms }]
  })
  return keepalive.flatMap((limit) => [...cap, ...pauses].map((clock): [Clock, Clock] => [clock, limit]))
}

/** LIVE-1 compares the heartbeat with its 15 s; a head that is committed late must still come long before the silence ends. */
function lintLiveness(trace: Trace, limits: Limits): [Clock, Clock][] {
  if (![...trace.expect.must, ...(trace.expect.should ?? [])].includes('LIVE-1')) return []
  const allowed = { name: 'the silence that LIVE-1 allows', ms: LIVE_SILENCE_MS }
  const waits = trace.upstream.connections
    .flatMap(({ script }) => script)
    .flatMap((step) => (step.do === 'wait' ? [step.ms] : []))
  const longest = { name: 'the longest upstream wait', ms: Math.max(...waits, 0) }
  return [
    ...limitClocks(limits, ['heartbeatMs']).map((clock): [Clock, Clock] => [clock, allowed]),
    ...limitClocks(limits, ['commitAfterMs']).map((clock): [Clock, Clock] => [clock, longest]),
  ]
}
