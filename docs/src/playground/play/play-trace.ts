import { Exchange, MemoryBudget, Origin, resolveExchangeOptions } from '@stopbit/exchange'
import type { ExchangeOptions, RetryPolicy } from '@stopbit/exchange'
import { readRequestFacts, type EndingPolicy } from '@stopbit/sse'
import { effectiveLimits, resolveRequest, resolveSend, type Trace } from '@stopbit/traces'
import type { AwaitStep, Limits, RequestStep } from '@stopbit/traces'
import type { MakeMachine } from './machine.ts'
import { PlayedSink } from './played-sink.ts'
import { Schedule, type Script } from './schedule.ts'
import type { Mark, Timeline } from './timeline.ts'
import { PlayedUpstream } from './upstream.ts'

/** How a trace is played. */
export interface PlayOptions {
  /** What a cut stream ends with. Default `error`. */
  readonly ending?: EndingPolicy
  /** What may be sent again. Default `stale-once`, as in the library: a trace's script mostly holds one answer only. */
  readonly retry?: RetryPolicy
  /** Over the trace's own limits, which are over the suite's. */
  readonly limits?: Limits
  /** The proxy. Default: the core, an `Exchange`. */
  readonly machine?: MakeMachine
  /** Virtual milliseconds that are watched. Default 600,000: as long as the SDKs wait. */
  readonly watchMs?: number
  /** Between two writes of the upstream that the trace sets no time for. Default: 200, less where there are many. */
  readonly paceMs?: number
}

const WATCH_MS = 600_000
const PACE_MS = 200

/** All writes of a trace together take no longer than this, so that no clock runs out that the trace says nothing of. */
const MAX_PACED_MS = 2_400

/** How long the upstream may go on after the client has its end. */
const AFTERMATH_MS = 5_000

/**
 * Plays a permutation of a trace through a proxy, in virtual time and without sockets: what crosses a network here takes no
 * time, and no byte is lost on the way. Synchronous. The same arguments give the same timeline, but for random ids.
 */
export function playTrace(trace: Trace, options: PlayOptions = {}): Timeline {
  const schedule = new Schedule()
  const marks: Mark[] = []
  const upstream = new PlayedUpstream(trace, schedule, options.paceMs ?? paceOf(trace))
  const play: Play = { trace, options, schedule, marks, upstream, sinks: [], origin: new Origin(clockOf(schedule)) }
  let isClientDone = false
  schedule.add(
    (function* (): Script {
      yield* playClient(play)
      isClientDone = true
    })(),
  )
  const { sinks } = play
  schedule.run(options.watchMs ?? WATCH_MS, () => isClientDone && sinks.every(({ hasEnded }) => hasEnded))
  schedule.run(schedule.now + AFTERMATH_MS, () =>
    sinks.every(({ record, hasEnded }) => hasEnded && record !== undefined),
  )
  const isOpen = sinks.some(({ hasEnded }) => !hasEnded)
  if (isOpen) schedule.now = Math.max(schedule.now, options.watchMs ?? WATCH_MS)
  for (const sink of sinks) sink.giveUp()
  return {
    trace: trace.id,
    marks,
    exchanges: sinks.map(({ answer, record }) => ({ answer, record })),
    durationMs: marks.at(-1)?.atMs ?? 0,
    upstreamRequests: upstream.requestCount,
  }
}

interface Play {
  readonly trace: Trace
  readonly options: PlayOptions
  readonly schedule: Schedule
  readonly marks: Mark[]
  readonly upstream: PlayedUpstream
  readonly origin: Origin
  readonly sinks: PlayedSink[]
}

function* playClient(play: Play): Script {
  const { trace, schedule, upstream, sinks } = play
  const latest = new Map<string, PlayedSink>()
  for (const step of trace.client) {
    switch (step.do) {
      case 'wait':
        yield schedule.after(Number(step.ms))
        break
      case 'request':
        latest.set(step.conn, startExchange(play, step))
        break
      case 'await':
        yield { isOver: () => hasArrived(latest.get(step.conn), step), until: () => Infinity }
        break
      case 'abort':
      case 'half-close':
        if (isLeavingAwaited(trace)) yield { isOver: () => upstream.awaitingLeave > 0, until: () => Infinity }
        latest.get(step.conn)?.leave()
        break
      default: // `connect`: connections of clients cost nothing here.
    }
  }
  yield { isOver: () => sinks.every(({ hasEnded }) => hasEnded), until: () => Infinity }
}

function startExchange(play: Play, step: RequestStep): PlayedSink {
  const { trace, options, schedule, marks, upstream, origin, sinks } = play
  const { method, path, headers, body } = resolveRequest(step)
  const bytes = new TextEncoder().encode(body)
  const facts = readRequestFacts(bytes)
  const setup = { exchange: sinks.length + 1, marks, now: () => schedule.now }
  const sink = new PlayedSink({ ...setup, dispatch: (from, wants) => upstream.dispatch(from, wants) })
  sink.note({ lane: 'client', kind: 'request', path })
  const { machine: makeMachine = (context) => new Exchange(context) } = options
  sink.machine = makeMachine({
    request: { method, target: path, headers: Object.entries(headers).flat() },
    options: resolveExchangeOptions(toOptions(trace, options)),
    sink,
    clock: clockOf(schedule),
    origin,
    memory: new MemoryBudget(),
    random: () => 0.5,
  })
  sinks.push(sink)
  schedule.addSleeper(sink)
  sink.machine.requestChunk(bytes.byteLength)
  sink.machine.requestChunk(0)
  sink.machine.start(facts, 'kept')
  return sink
}

/**
 * The library's defaults, but for clocks: those are the suite's defaults (idle 45 s, where the library has 240 s), and over them what
 * the trace sets. Limits of a transport and of a listener are no options here.
 */
function toOptions(trace: Trace, { ending, retry = 'stale-once', limits: own }: PlayOptions): ExchangeOptions {
  const {
    connectTimeoutMs: _,
    listenerKeepaliveMs: __,
    drainDeadlineMs: ___,
    ...limits
  } = effectiveLimits({ ...trace.limits, ...own })
  return { ...limits, retry, ending }
}

function clockOf(schedule: Schedule): { now(): number } {
  return { now: () => schedule.now }
}

function hasArrived(sink: PlayedSink | undefined, { until, n = 1 }: AwaitStep): boolean {
  if (sink === undefined || sink.hasEnded) return true
  if (until === 'head') return sink.hasHead
  if (until === 'events') return sink.relayedEvents >= n
  return until === 'bytes' && sink.relayedBytes >= n
}

function isLeavingAwaited({ upstream }: Trace): boolean {
  const steps = upstream.connections.flatMap(({ script }) => script)
  return steps.some((step) => step.do === 'expect-abort' || (step.do === 'barrier' && step.until === 'client-closed'))
}

function paceOf({ upstream }: Trace): number {
  const sends = upstream.connections.flatMap(({ script }) => script).filter((step) => step.do === 'send')
  const writes = sends.reduce((total, step) => total + resolveSend(step).parts.length, 0)
  return Math.min(PACE_MS, MAX_PACED_MS / Math.max(1, writes))
}
