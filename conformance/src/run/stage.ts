import { effectiveLimits, type Trace } from '@stopbit/traces'
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

export type Sabotage = 'skip-fault'

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
  readonly activity: UpstreamActivity = { lastActionAt: performance.now(), busy: 0, playing: 0, stalledBy: undefined }
  fault: FaultRecord = { state: 'pending' }
  /** When the client left by itself. */
  clientLeftAt: number | undefined
  /** The client's script is through. */
  clientDone = false
  readonly #ended = new AbortController()

  constructor(trace: Trace, timing: Timing, sabotage: Sabotage | undefined) {
    this.trace = trace
    this.timing = timing
    this.sabotage = sabotage
  }

  /** Aborts when the trace's part is over: scripts that still wait give up. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  end(): void {
    this.#ended.abort()
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
        if (step.do === 'stall') return this.scaled(limits[step.boundedBy] ?? 0)
        return step.do === 'barrier' ? this.window(step.elseMs) : 0
      })
    return waits.reduce((total, ms) => total + ms, this.window(30_000))
  }
}
