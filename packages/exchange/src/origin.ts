import type { Clock } from './sink.ts'

/** Why a request was sent again. */
export type RetryReason = 'unsent' | 'stale' | 'replay'

const WINDOW_S = 10
/** Share of the requests of the last ten seconds that may be retries: more would be load that an ailing API cannot take. */
const MAX_SHARE = 0.1
/** Retries per second that are always allowed, so that a single developer's are. */
const FLOOR_PER_SECOND = 3

/** What all exchanges with one upstream share: the budget of their retries, and how many there were. */
export class Origin {
  readonly #clock: Clock
  /** Requests and retries of the last seconds, by the second modulo the window. */
  readonly #requests = new Uint32Array(WINDOW_S)
  readonly #retries = new Uint32Array(WINDOW_S)
  #second = 0
  readonly #retryCounts: Record<RetryReason, number> = { unsent: 0, stale: 0, replay: 0 }
  #refusedRetries = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#second = this.#secondNow()
  }

  /** Attempts beyond the first, by their reason, since the start. */
  get retryCounts(): Readonly<Record<RetryReason, number>> {
    return this.#retryCounts
  }

  /** Retries that the budget did not allow. */
  get refusedRetries(): number {
    return this.#refusedRetries
  }

  /** A request came for this upstream. */
  requestStarted(): void {
    addOne(this.#requests, this.#slot())
  }

  /** Whether one more request may be sent again. A stale connection's retry costs no budget: it is no sign of load. */
  mayRetry(reason: RetryReason): boolean {
    const slot = this.#slot()
    const isAllowed =
      reason === 'stale' ||
      (this.#retries[slot] ?? 0) < FLOOR_PER_SECOND ||
      sum(this.#retries) + 1 <= MAX_SHARE * sum(this.#requests)
    if (!isAllowed) {
      this.#refusedRetries++
      return false
    }
    this.#retryCounts[reason]++
    if (reason !== 'stale') addOne(this.#retries, slot)
    return true
  }

  /** The slot of this second; those of the seconds that have passed since the last look are emptied. */
  #slot(): number {
    const second = this.#secondNow()
    for (let passed = Math.min(second - this.#second, WINDOW_S); passed > 0; passed--) {
      const slot = (second - passed + 1) % WINDOW_S
      this.#requests[slot] = 0
      this.#retries[slot] = 0
    }
    this.#second = second
    return second % WINDOW_S
  }

  #secondNow(): number {
    return Math.floor(this.#clock.now() / 1_000)
  }
}

function addOne(counts: Uint32Array, slot: number): void {
  counts[slot] = (counts[slot] ?? 0) + 1
}

function sum(counts: Uint32Array): number {
  let total = 0
  for (const count of counts) total += count
  return total
}
