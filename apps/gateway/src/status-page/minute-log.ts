import type { Minute } from './browser/status.ts'

const MINUTE_MS = 60_000
const MINUTES = 60

interface Counted {
  readonly startsAt: number
  whole: number
  readonly failed: Map<string, number>
}

/** Counts ended exchanges by minute, for an hour. Holds numbers alone, however many exchanges there are. */
export class MinuteLog {
  #minutes: Counted[] = []

  /** @param now milliseconds since the epoch. */
  count(cause: string | undefined, now: number): void {
    const startsAt = minuteOf(now)
    let minute = this.#minutes.at(-1)
    // A clock that was set back counts into the newest minute.
    if (minute === undefined || minute.startsAt < startsAt) {
      minute = { startsAt, whole: 0, failed: new Map() }
      this.#minutes = [...this.#minutes, minute].slice(-MINUTES)
    }
    if (cause === undefined) minute.whole++
    else minute.failed.set(cause, (minute.failed.get(cause) ?? 0) + 1)
  }

  /** The hour up to `now`, with its empty minutes. */
  lastHour(now: number): Minute[] {
    const known = new Map(this.#minutes.map((minute) => [minute.startsAt, minute]))
    const last = minuteOf(now)
    return Array.from({ length: MINUTES }, (_, index) => {
      const startsAt = last - (MINUTES - 1 - index) * MINUTE_MS
      const minute = known.get(startsAt)
      return { startsAt, whole: minute?.whole ?? 0, failed: Object.fromEntries(minute?.failed ?? []) }
    })
  }
}

function minuteOf(time: number): number {
  return Math.floor(time / MINUTE_MS) * MINUTE_MS
}
