import type { Clock, ExchangeSink } from './sink.ts'

/** Every clock of an exchange. What starts, restarts, pauses and stops each is said at the option it is named after. */
export type ClockName =
  | 'uploadStall'
  | 'poolWait'
  | 'retry'
  | 'earlyCommit'
  | 'headers'
  | 'idle'
  | 'stallWarn'
  | 'progress'
  | 'total'
  | 'commitAfter'
  | 'openingHold'
  | 'finishGrace'
  | 'heartbeat'
  | 'downstreamStall'
  | 'upstreamDrain'

const UPSTREAM_CLOCKS: readonly ClockName[] = ['idle', 'stallWarn', 'progress', 'finishGrace']

/**
 * The time of one exchange, and when each of its clocks runs out. To restart a clock is to store a number, so it may be done
 * for every chunk; the sink is asked for a wake-up only when one has to come earlier than the one already asked for.
 */
export class Clocks {
  readonly #clock: Clock
  readonly #sink: Pick<ExchangeSink, 'wakeAt'>
  readonly #runsOutAt = new Map<ClockName, number>()
  /** Clocks that stand still, with the time they have left. */
  readonly #standing = new Map<ClockName, number>()
  #isPaused = false
  #now: number
  #wakeAt = Infinity

  constructor(clock: Clock, sink: Pick<ExchangeSink, 'wakeAt'>) {
    this.#clock = clock
    this.#sink = sink
    this.#now = clock.now()
  }

  /** The time of the input that is being handled. */
  get now(): number {
    return this.#now
  }

  /** Reads the clock; called once per input. */
  tick(): void {
    this.#now = this.#clock.now()
  }

  /** Starts or restarts a clock. `Infinity` leaves it off. */
  start(name: ClockName, limitMs: number): void {
    if (limitMs === Infinity) return
    if (this.#isPaused && UPSTREAM_CLOCKS.includes(name)) this.#standing.set(name, limitMs)
    else this.#runsOutAt.set(name, this.#now + limitMs)
  }

  /** Restarts a clock, but only if it is running; one that stands still gets its whole limit back. */
  restart(name: ClockName, limitMs: number): void {
    if (this.#standing.has(name) || this.#runsOutAt.has(name)) this.start(name, limitMs)
  }

  isRunning(name: ClockName): boolean {
    return this.#runsOutAt.has(name) || this.#standing.has(name)
  }

  /** Milliseconds until the first of these clocks runs out; `undefined` if they are all off or stand still. */
  leftMs(names: readonly ClockName[]): number | undefined {
    const at = Math.min(...names.map((name) => this.#runsOutAt.get(name) ?? Infinity))
    return at === Infinity ? undefined : at - this.#now
  }

  stop(...names: readonly ClockName[]): void {
    for (const name of names) {
      this.#runsOutAt.delete(name)
      this.#standing.delete(name)
    }
  }

  stopAll(): void {
    this.#runsOutAt.clear()
    this.#standing.clear()
  }

  /** Lets the clocks that judge the upstream's silence stand still, with the time they have left: the silence is ours. */
  pauseUpstream(): void {
    this.#isPaused = true
    for (const name of UPSTREAM_CLOCKS) {
      const at = this.#runsOutAt.get(name)
      if (at === undefined) continue
      this.#runsOutAt.delete(name)
      this.#standing.set(name, at - this.#now)
    }
  }

  resumeUpstream(): void {
    this.#isPaused = false
    for (const [name, leftMs] of this.#standing) this.start(name, leftMs)
    this.#standing.clear()
  }

  /** Stops and names one clock that has run out, the earliest first. */
  takeExpired(): ClockName | undefined {
    let first: ClockName | undefined
    let firstAt = Infinity
    for (const [name, at] of this.#runsOutAt) {
      if (at <= this.#now && at < firstAt) [first, firstAt] = [name, at]
    }
    if (first !== undefined) this.#runsOutAt.delete(first)
    return first
  }

  /** The wake-up asked for has come: the next one has to be asked for again. */
  woken(): void {
    this.#wakeAt = Infinity
  }

  /** Asks for a wake-up, unless one early enough is under way. Called at the end of every input. */
  arm(): void {
    let next = Infinity
    for (const at of this.#runsOutAt.values()) if (at < next) next = at
    const isEarlyEnough = this.#wakeAt <= next && next !== Infinity
    if (isEarlyEnough || next === this.#wakeAt) return
    this.#wakeAt = next
    this.#sink.wakeAt(next)
  }
}
