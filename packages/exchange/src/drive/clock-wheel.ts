import type { Clock } from '../sink.ts'

/** Wakes many exchanges with one timer. */
export interface ClockWheel extends Clock {
  /**
   * Calls `wake` once at `time`, or up to one granularity later; up to ten where that is over a hundred away. Replaces an earlier call with the same `wake`;
   * `Infinity` takes it back.
   */
  wakeAt(wake: () => void, time: number): void
}

/** Longest delay of `setTimeout`; a longer one would fire at once. A wake-up beyond it takes more than one round. */
const MAX_TIMER_MS = 2_147_483_647

/** What is far away is put together with what is near to it: for thousands of sleepers there are hundreds of slots to look at. */
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
  /** The slot, in granularities, in which each sleeper is to be woken. */
  const slotOf = new Map<() => void, number>()
  const sleepers = new Map<number, Set<() => void>>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let timerSlot = Infinity

  const now = (): number => performance.now()

  function forget(wake: () => void): void {
    const slot = slotOf.get(wake)
    if (slot === undefined) return
    slotOf.delete(wake)
    const others = sleepers.get(slot)
    others?.delete(wake)
    if (others?.size === 0) sleepers.delete(slot)
  }

  function wakeDue(): void {
    timerSlot = Infinity
    const time = now()
    const due = [...sleepers.keys()].filter((slot) => slot * granularityMs <= time).sort((a, b) => a - b)
    for (const slot of due) {
      for (const wake of sleepers.get(slot) ?? []) {
        forget(wake)
        wake()
      }
    }
    // Whoever was woken may have set one already.
    const next = firstSlot()
    if (next < timerSlot) setTimer(next)
  }

  /** Only a timer that has fired looks for the next slot: to look for it each time somebody lies down costs the more, the more sleep. */
  function setTimer(slot: number): void {
    clearTimeout(timer)
    timerSlot = slot
    if (slot === Infinity) return
    timer = setTimeout(wakeDue, Math.min(MAX_TIMER_MS, Math.max(0, slot * granularityMs - now())))
  }

  function firstSlot(): number {
    let first = Infinity
    for (const slot of sleepers.keys()) if (slot < first) first = slot
    return first
  }

  return {
    now,
    wakeAt(wake, time) {
      forget(wake)
      if (time !== Infinity) {
        const slot = slotFor(time / granularityMs, now() / granularityMs)
        const others = sleepers.get(slot)
        if (others === undefined) sleepers.set(slot, new Set([wake]))
        else others.add(wake)
        slotOf.set(wake, slot)
        if (slot < timerSlot) setTimer(slot)
      } else if (slotOf.size === 0) setTimer(Infinity)
    },
  }
}

/** The slot for a time; both times are in granularities. */
function slotFor(time: number, now: number): number {
  const slot = Math.ceil(time)
  return slot - now > FAR_SLOTS ? Math.ceil(slot / COARSE_SLOTS) * COARSE_SLOTS : slot
}
