import type { Clock, ExchangeSink } from './sink.ts'

/**
 * Every clock of an exchange. What starts, restarts, pauses and stops each is said at the option it is named after. Of those that run out
 * at the same time, the one that stands here first is taken first: a limit before what is done for lack of one.
 */
const NAMES = [
  'uploadStall',
  'headers',
  'total',
  'earlyCommit',
  'poolWait',
  'retry',
  'idle',
  'stallWarn',
  'progress',
  'openingHold',
  'commitAfter',
  'finishGrace',
  'heartbeat',
  'downstreamStall',
  'upstreamDrain',
] as const

export type ClockName = (typeof NAMES)[number]

const PLACES = Object.fromEntries(NAMES.map((name, place) => [name, place])) as Readonly<Record<ClockName, number>>
const OFF = Infinity
const ALL_OFF: readonly number[] = NAMES.map(() => OFF)
/** The clocks that judge the upstream's silence, a bit for each. */
const UPSTREAM_CLOCKS = bit('idle') | bit('stallWarn') | bit('progress') | bit('finishGrace')

/**
 * The time of one exchange, and when each of its clocks runs out. To restart a clock is to store a number, so it may be done
 * for every chunk; the sink is asked for a wake-up only when one has to come earlier than the one already asked for.
 *
 * Numbers by place and not maps by name: thousands of exchanges each have one of these.
 */
export class Clocks {
  readonly #clock: Clock
  readonly #sink: Pick<ExchangeSink, 'wakeAt'>
  /** When each clock runs out; of one that stands still, the time that it has left. */
  readonly #times: number[] = ALL_OFF.slice()
  /** Which of them stand still, a bit for each. */
  #standing = 0
  #isPaused = false
  #now: number
  #wakeAt: number = OFF

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
    const stands = this.#isPaused && (UPSTREAM_CLOCKS & bit(name)) !== 0
    this.#times[PLACES[name]] = stands ? limitMs : this.#now + limitMs
    this.#standing = stands ? this.#standing | bit(name) : this.#standing & ~bit(name)
  }

  /** Restarts a clock, but only if it is running; one that stands still gets its whole limit back. */
  restart(name: ClockName, limitMs: number): void {
    if (this.isRunning(name)) this.start(name, limitMs)
  }

  isRunning(name: ClockName): boolean {
    return this.#times[PLACES[name]] !== OFF
  }

  /** Milliseconds until the first of these clocks runs out; `undefined` if they are all off or stand still. */
  leftMs(names: readonly ClockName[]): number | undefined {
    const at = Math.min(...names.map((name) => this.#runsOutAt(PLACES[name])))
    return at === OFF ? undefined : at - this.#now
  }

  stop(name: ClockName): void {
    this.#times[PLACES[name]] = OFF
    this.#standing &= ~bit(name)
  }

  stopAll(): void {
    this.#times.fill(OFF)
    this.#standing = 0
  }

  /** Lets the clocks that judge the upstream's silence stand still, with the time they have left: the silence is ours. */
  pauseUpstream(): void {
    this.#isPaused = true
    for (const [place, at] of this.#times.entries()) {
      const isJudging = (UPSTREAM_CLOCKS & (1 << place)) !== 0
      if (!isJudging || this.#runsOutAt(place) === OFF) continue
      this.#times[place] = at - this.#now
      this.#standing |= 1 << place
    }
  }

  resumeUpstream(): void {
    this.#isPaused = false
    for (const [place, leftMs] of this.#times.entries())
      if ((this.#standing & (1 << place)) !== 0) this.#times[place] = this.#now + leftMs
    this.#standing = 0
  }

  /** Stops and names one clock that has run out, the earliest first. */
  takeExpired(): ClockName | undefined {
    const place = this.#first()
    if (this.#runsOutAt(place) > this.#now) return undefined
    this.#times[place] = OFF
    return NAMES[place]
  }

  /** The wake-up asked for has come: the next one has to be asked for again. */
  woken(): void {
    this.#wakeAt = OFF
  }

  /** Asks for a wake-up, unless one early enough is under way. Called at the end of every input. */
  arm(): void {
    const next = this.#runsOutAt(this.#first())
    const isEarlyEnough = this.#wakeAt <= next && next !== OFF
    if (isEarlyEnough || next === this.#wakeAt) return
    this.#wakeAt = next
    this.#sink.wakeAt(next)
  }

  /** The place of the clock that runs out first. */
  #first(): number {
    let first = 0
    for (let place = 1; place < NAMES.length; place++)
      if (this.#runsOutAt(place) < this.#runsOutAt(first)) first = place
    return first
  }

  #runsOutAt(place: number): number {
    return (this.#standing & (1 << place)) === 0 ? (this.#times[place] ?? OFF) : OFF
  }
}

function bit(name: ClockName): number {
  return 1 << PLACES[name]
}
