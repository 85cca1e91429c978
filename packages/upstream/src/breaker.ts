/*
 * Why this is not a library. cockatiel 4.0 and opossum 10 are well kept, and both were read for this:
 *
 * - Both run a function that returns a promise. Here an attempt is a handler whose outcome is known at its head, long before
 *   it is over, and which may have no outcome at all (the client left). cockatiel takes such an outcome of a half-open trial
 *   for a success and closes; opossum knows only success and failure.
 * - While cockatiel's trial runs, every other caller is held until it is decided. We have to answer at once.
 * - cockatiel's `SamplingBreaker`, usable by itself, lets one slice of its window go per call, not per time: with thin traffic
 *   failures of minutes ago still count. opossum moves its window with an interval timer; this package owns no timers.
 *
 * What is left of a breaker without those is the hundred lines below.
 */

import type { AttemptOutcome } from './attempt-outcome.ts'

/** When the breaker opens and how it tries again. The defaults make it an emergency brake, not a judge of quality. */
export interface BreakerOptions {
  /** How far back attempts count, in milliseconds. Default 10,000. */
  readonly windowMs?: number | undefined
  /**
   * Attempts that the window must hold before the breaker may open. Default 200: twenty per second, which neither one
   * developer nor a test suite that provokes failures gets to.
   */
  readonly minAttempts?: number | undefined
  /** Share of the attempts that must have failed, above 0 and up to 1. Default 0.95. */
  readonly failedShare?: number | undefined
  /** How long it stays open before one request is let through as a trial, in milliseconds. Default 2,000. */
  readonly openMs?: number | undefined
}

/** `BreakerOptions` with every default filled in. */
export type ResolvedBreakerOptions = { readonly [Name in keyof BreakerOptions]-?: number }

/** A request that the breaker let through; to be given back with its outcome, once. */
export interface Attempt {
  readonly trial: boolean
}

type State =
  | { readonly phase: 'closed' }
  | { readonly phase: 'open'; readonly since: number }
  | { readonly phase: 'trial'; readonly since: number; readonly attempt: Attempt }

const SLICES = 10
const ORDINARY: Attempt = { trial: false }
const CLOSED: State = { phase: 'closed' }

/**
 * Opens when nearly every attempt of the window failed, in at least half of the window's ten slices: one burst, however large,
 * does not open it. While it is open it lets one trial through every `openMs`; a trial that is answered closes it. A trial that
 * has no outcome after `openMs` may still have one, and does not keep the next one back.
 *
 * Owns no timer: it looks at `now`, in milliseconds on a clock that never goes back.
 */
export class Breaker {
  readonly #options: ResolvedBreakerOptions
  readonly #onOpen: () => void
  readonly #attempts = new Uint32Array(SLICES)
  readonly #failures = new Uint32Array(SLICES)
  /** Which slice of all time each cell holds. */
  readonly #sliceOf = new Float64Array(SLICES).fill(-1)
  #state: State = CLOSED

  constructor(options: ResolvedBreakerOptions, onOpen: () => void) {
    this.#options = options
    this.#onOpen = onOpen
  }

  /** Whether a request may go out now; `undefined` if not. */
  admit(now: number): Attempt | undefined {
    if (this.#state.phase === 'closed') return ORDINARY
    if (now - this.#state.since < this.#options.openMs) return undefined
    const attempt: Attempt = { trial: true }
    this.#state = { phase: 'trial', since: now, attempt }
    return attempt
  }

  settle(attempt: Attempt, outcome: AttemptOutcome, now: number): void {
    if (attempt.trial) this.#settleTrial(attempt, outcome, now)
    else if (this.#state.phase === 'closed' && outcome !== 'unknown') this.#count(outcome === 'failed', now)
  }

  #settleTrial(attempt: Attempt, outcome: AttemptOutcome, now: number): void {
    if (this.#state.phase === 'closed') return
    if (outcome === 'answered') {
      this.#state = CLOSED
      this.#sliceOf.fill(-1)
    } else if (this.#state.phase === 'trial' && this.#state.attempt === attempt) {
      // A trial that proved nothing leaves its turn to the next request.
      this.#state = { phase: 'open', since: outcome === 'failed' ? now : -Infinity }
    }
  }

  #count(failed: boolean, now: number): void {
    const slice = Math.floor((now * SLICES) / this.#options.windowMs)
    const cell = slice % SLICES
    if (this.#sliceOf[cell] !== slice) {
      this.#sliceOf[cell] = slice
      this.#attempts[cell] = 0
      this.#failures[cell] = 0
    }
    this.#attempts[cell] = (this.#attempts[cell] ?? 0) + 1
    if (!failed) return
    this.#failures[cell] = (this.#failures[cell] ?? 0) + 1
    if (!this.#isHopeless(slice)) return
    this.#state = { phase: 'open', since: now }
    this.#onOpen()
  }

  #isHopeless(slice: number): boolean {
    let attempts = 0
    let failures = 0
    let failedSlices = 0
    for (let cell = 0; cell < SLICES; cell++) {
      const age = slice - (this.#sliceOf[cell] ?? -1)
      if ((this.#sliceOf[cell] ?? -1) < 0 || age >= SLICES) continue
      attempts += this.#attempts[cell] ?? 0
      failures += this.#failures[cell] ?? 0
      if ((this.#failures[cell] ?? 0) > 0) failedSlices++
    }
    const { minAttempts, failedShare } = this.#options
    return attempts >= minAttempts && failures >= attempts * failedShare && failedSlices * 2 >= SLICES
  }
}
