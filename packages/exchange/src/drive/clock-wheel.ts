import { Roster, type Placed } from '../roster.ts'
import type { Clock } from '../sink.ts'

/** One that is woken when its time has come. */
export interface Sleeper {
  /**
   * Wakes it once at `time`, or up to one granularity later; up to ten where that is over a hundred away. Replaces an earlier wish;
   * `Infinity` takes it back.
   */
  wakeAt(time: number): void
}

/** Wakes many exchanges with one timer. */
export interface ClockWheel extends Clock {
  /** Makes one that sleeps until it has a time. Nothing has to be done to be rid of it, once its wish is taken back. */
  createSleeper(wake: () => void): Sleeper
}

/** Longest delay of `setTimeout`; a longer one would fire at once. A wake-up beyond it takes more than one round. */
const MAX_TIMER_MS = 2_147_483_647

/** What is far away is put together with what is near to it: for thousands of sleepers there are hundreds of slots. */
const FAR_SLOTS = 100
const COARSE_SLOTS = 10

/**
 * Makes a clock wheel over `setTimeout`: one timer for all exchanges of a process, however many there are, instead of one
 * for every clock of every exchange.
 *
 * @param granularityMs how much later than asked a wake-up may come. Default 10: limits are seconds to minutes, and tests
 * scale them down to some hundred milliseconds.
 */
export function createClockWheel(granularityMs = 10): ClockWheel {
  const wheel = new Wheel(granularityMs)
  return { now, createSleeper: (wake) => new WheelSleeper(wheel, wake) }
}

function now(): number {
  return performance.now()
}

/** All that are woken together. */
interface Slot {
  /** In granularities. */
  readonly at: number
  readonly sleepers: Roster<WheelSleeper>
}

class Wheel {
  readonly #granularityMs: number
  /** None is empty; the next one to come is the first. */
  #slots: Slot[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #timerAt = Infinity

  constructor(granularityMs: number) {
    this.#granularityMs = granularityMs
  }

  /** The slot for a time, to sleep in. */
  slotFor(time: number): Slot {
    const at = this.#round(time)
    const place = this.#placeOf(at)
    const found = this.#slots[place]
    if (found?.at === at) return found
    const slot = { at, sleepers: new Roster<WheelSleeper>() }
    this.#slots.splice(place, 0, slot)
    if (at < this.#timerAt) this.#setTimer(at)
    return slot
  }

  /** Somebody has left the slot. The timer stays for a later one: to set it anew each time costs more than to wake for nothing. */
  tidy(slot: Slot): void {
    if (slot.sleepers.size > 0) return
    const place = this.#placeOf(slot.at)
    if (this.#slots[place] === slot) this.#slots.splice(place, 1)
    if (this.#slots.length === 0) this.#setTimer(Infinity)
  }

  #wakeDue(): void {
    this.#timerAt = Infinity
    const time = now()
    try {
      for (let slot = this.#slots[0]; slot !== undefined && this.#timeOf(slot.at) <= time; slot = this.#slots[0]) {
        const sleeper = slot.sleepers.pop()
        if (sleeper === undefined) this.#slots.shift()
        else sleeper.wakeNow()
      }
    } finally {
      // Whoever was woken may have set one already; and one that throws leaves nobody else asleep.
      const next = this.#slots[0]?.at ?? Infinity
      if (next !== this.#timerAt) this.#setTimer(next)
    }
  }

  #setTimer(at: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = at
    if (at === Infinity) return
    const delayMs = Math.max(0, this.#timeOf(at) - now())
    this.#timer = setTimeout(() => this.#wakeDue(), Math.min(MAX_TIMER_MS, delayMs))
  }

  #timeOf(at: number): number {
    return at * this.#granularityMs
  }

  /** Never in the slot that is due: a sleeper that asks for a time that has passed would be woken without end. */
  #round(time: number): number {
    const passed = now() / this.#granularityMs
    const at = Math.max(Math.ceil(time / this.#granularityMs), Math.floor(passed) + 1)
    return at - passed > FAR_SLOTS ? Math.ceil(at / COARSE_SLOTS) * COARSE_SLOTS : at
  }

  /** Of the slot with this time, or where it would be. */
  #placeOf(at: number): number {
    let low = 0
    let high = this.#slots.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#slots[middle]?.at ?? Infinity) < at) low = middle + 1
      else high = middle
    }
    return low
  }
}

class WheelSleeper implements Sleeper, Placed {
  place: number = -1
  readonly #wheel: Wheel
  readonly #wake: () => void
  #slot: Slot | undefined

  constructor(wheel: Wheel, wake: () => void) {
    this.#wheel = wheel
    this.#wake = wake
  }

  wakeAt(time: number): void {
    const left = this.#slot
    left?.sleepers.delete(this)
    this.#slot = time === Infinity ? undefined : this.#wheel.slotFor(time)
    this.#slot?.sleepers.add(this)
    if (left !== undefined) this.#wheel.tidy(left)
  }

  /** It is out of its slot already. */
  wakeNow(): void {
    this.#slot = undefined
    this.#wake()
  }
}
