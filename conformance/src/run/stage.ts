import { randomBytes } from 'node:crypto'
import { effectiveLimits, type LimitName, type Trace } from '@stopbit/traces'
import type { Substitutes } from '../manifest.ts'
import type { TimelineEntry } from '../timeline.ts'
import { Board } from './board.ts'
import type {
  AbortRecord,
  BarrierRecord,
  ClientExchange,
  FaultRecord,
  UpstreamActivity,
  UpstreamConnectionRecord,
  UpstreamRequest,
} from './records.ts'

/** How a run is timed. */
export interface Timing {
  /** Traces' durations and limits are multiplied by this. */
  readonly scale: number
  /** Slack that no limit accounts for, not scaled, in milliseconds. */
  readonly graceMs: number
  /** Multiplies the harness's own windows: grace, barriers' `elseMs`, the control request's time. */
  readonly timeoutMultiplier: number
}

/** What of a target's manner decides how long one waits for it. */
export interface TargetManner {
  readonly substitutes?: Substitutes | undefined
  /** It takes `retryBackoffMs`: after a failure it may wait before it asks again. */
  readonly backsOff?: boolean
}

/** Enough for any trace to be understood; one byte per chunk is not drawn to the end. */
const MAX_TIMELINE = 500

/** What the harness does wrong on purpose, to prove that attestation notices. */
export const SABOTAGES = ['skip-fault', 'fin-for-rst', 'drop-send'] as const

export type Sabotage = (typeof SABOTAGES)[number]

/** All that both ends of one trace share. One per target process. */
export class Stage {
  readonly trace: Trace
  readonly timing: Timing
  readonly sabotage: Sabotage | undefined
  readonly board: Board = new Board()
  readonly exchanges: ClientExchange[] = []
  readonly requests: UpstreamRequest[] = []
  readonly connections: UpstreamConnectionRecord[] = []
  readonly barriers: BarrierRecord[] = []
  readonly aborts: AbortRecord[] = []
  readonly timeline: TimelineEntry[] = []
  readonly activity: UpstreamActivity = {
    lastActionAt: performance.now(),
    busy: 0,
    playing: 0,
    awaitingLeave: 0,
    stalledBy: undefined,
  }
  /** What the answer to the control request must hold. */
  readonly controlMark: string = randomBytes(12).toString('hex')
  fault: FaultRecord = { state: 'pending' }
  /** When the first thing was noted. */
  #startedAt: number | undefined
  /** When the client left by itself. */
  clientLeftAt: number | undefined
  /** The client's script is through. */
  clientDone = false
  readonly #ended = new AbortController()
  readonly #manner: TargetManner

  constructor(trace: Trace, timing: Timing, sabotage: Sabotage | undefined, manner: TargetManner = {}) {
    this.trace = trace
    this.timing = timing
    this.sabotage = sabotage
    this.#manner = manner
  }

  /** Aborts when the trace's part is over: scripts that still wait give up. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  end(): void {
    this.#ended.abort()
    this.board.changed()
  }

  /** Puts something on the timeline. Bytes that follow bytes of the same kind are added up: a drip is one entry. */
  note(entry: Omit<TimelineEntry, 'atMs'>): void {
    const now = performance.now()
    this.#startedAt ??= now
    const last = this.timeline.at(-1)
    const continues =
      last?.bytes !== undefined &&
      entry.bytes !== undefined &&
      last.kind === entry.kind &&
      last.connection === entry.connection
    if (continues) this.timeline[this.timeline.length - 1] = { ...last, bytes: last.bytes + entry.bytes }
    else if (this.timeline.length < MAX_TIMELINE) this.timeline.push({ atMs: now - this.#startedAt, ...entry })
    else if (this.timeline.length === MAX_TIMELINE)
      this.timeline.push({ atMs: now - this.#startedAt, lane: entry.lane, kind: 'note', text: 'and more, not shown' })
  }

  /** The upstream waits for the client to leave: now it may. */
  awaitLeave(): void {
    this.activity.awaitingLeave += 1
    this.board.changed()
  }

  /** A trace's duration in milliseconds of this run. */
  scaled(ms: number, scale: boolean | undefined = true): number {
    return scale ? ms * this.timing.scale : ms
  }

  /** A window of the harness in milliseconds of this run. */
  window(ms: number): number {
    return ms * this.timing.timeoutMultiplier
  }

  /** Asks before a step whether it is to be played; notes the fault when it is the one. */
  beginStep(step: object): 'play' | 'skip' {
    if (!('fault' in step) || step.fault !== true) return 'play'
    if (this.sabotage === 'skip-fault') {
      this.fault = { state: 'skipped' }
      return 'skip'
    }
    this.fault = { state: 'ran', at: performance.now() }
    return 'play'
  }

  /** From here on the upstream is silent, and a limit of the target has to end that: the one that the trace names, or its substitute. */
  beginStall(boundedBy: LimitName): void {
    this.activity.stalledBy = this.#manner.substitutes?.[boundedBy] ?? boundedBy
  }

  /**
   * How long a target may wait between its attempts, in milliseconds of this run: twice the back-off, then four times, for as much
   * again may be added by chance; within the window in which the last attempt may start.
   */
  get backoffMs(): number {
    if (this.#manner.backsOff !== true) return 0
    const { retryBackoffMs = 0, retryWindowMs = Infinity } = effectiveLimits(this.trace.limits)
    return this.scaled(Math.min(6 * retryBackoffMs, retryWindowMs))
  }

  /** The exchange that an upstream request belongs to; a request without an id belongs to the newest. */
  exchangeOf(request: UpstreamRequest): ClientExchange | undefined {
    return request.id === undefined ? this.exchanges.at(-1) : this.exchanges.find(({ id }) => id === request.id)
  }

  /** What reached the upstream of an exchange, in the order of arrival. */
  requestsOf(exchange: ClientExchange): UpstreamRequest[] {
    return this.requests.filter((request) => this.exchangeOf(request) === exchange)
  }

  /** Longest that any wait of this trace may take before the harness gives up on it, in milliseconds. */
  get capMs(): number {
    const limits = effectiveLimits(this.trace.limits)
    const waits = this.trace.upstream.connections
      .flatMap(({ script }) => script)
      .map((step) => {
        if (step.do === 'wait') return this.scaled(step.ms, step.scale)
        if (step.do === 'accept') return this.scaled(step.delayMs)
        if (step.do === 'stall')
          return this.scaled(limits[this.#manner.substitutes?.[step.boundedBy] ?? step.boundedBy] ?? 0)
        return step.do === 'barrier' ? this.window(step.elseMs) : 0
      })
    return waits.reduce((total, ms) => total + ms, this.window(30_000))
  }
}
