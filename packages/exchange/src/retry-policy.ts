import type { Fault, FaultKind } from '@stopbit/faults'
import { headerValue } from './headers.ts'
import type { Origin, RetryReason } from './origin.ts'
import type { HeaderList } from './sink.ts'

/**
 * What may be sent a second time, as long as no event of an answer went out.
 *
 * - `never`: nothing.
 * - `unsent`: a request that never left, or that the upstream declared unprocessed.
 * - `stale-once`: also one on a reused connection that closed with no byte of a response within a second of the last byte of
 *   the request; once, at once, on a fresh connection. Over `fetch`, where that cannot be known, it equals `unsent`.
 * - `replayable`: also a stateless inference call whose connection was closed or reset before any model data, or that was
 *   answered with 502, 503, 504 or 529. The model may have worked for nothing: that costs tokens, and nothing else.
 */
export type RetryPolicy = 'never' | 'unsent' | 'stale-once' | 'replayable'

/** Every retry policy. */
export const RETRY_POLICIES: readonly RetryPolicy[] = ['never', 'unsent', 'stale-once', 'replayable']

/** Why an attempt brought no answer. */
export type Failure =
  | {
      readonly why: 'fault'
      readonly fault: Fault
      readonly wasSent: boolean
      /** No fact and nothing in the error says what happened. */
      readonly isUnknown?: boolean
    }
  | { readonly why: 'status'; readonly status: number; readonly headers: HeaderList }

/** What is known of a request when its attempt has failed. */
export interface Retryable {
  /** The whole body is here, or there is none. */
  readonly isKept: boolean
  /** It may be executed twice without harm. */
  readonly isReplayable: boolean
  /** The client has sent this request before and counts its own retries: two of them would multiply. */
  readonly isClientRetry: boolean
}

/** Another attempt. */
export interface RetryPlan {
  readonly reason: RetryReason
  readonly delayMs: number
  /** `fresh`: idle connections are likely to be as stale as the last one was. */
  readonly connection: 'any' | 'fresh'
}

/** The numbers of a retry policy. */
interface RetryLimits {
  readonly retry: RetryPolicy
  readonly retryBackoffMs: number
  readonly retryWindowMs: number
}

const MAX_ATTEMPTS = 3
/** Attempts that may have reached the model. */
const MAX_SENT = 2
/** Asking again does not help, or would only wait once more for what was waited for. */
const FINAL: ReadonlySet<FaultKind> = new Set([
  'tls-trust',
  'pool-full',
  'breaker-open',
  'internal',
  'client-gone',
  'aborted-by-us',
])
/** Closed, reset or not made. A timeout of ours is not here: the model is probably still at work. */
const CONNECTION_LOST: ReadonlySet<FaultKind> = new Set([
  'reused-closed',
  'closed-before-headers',
  'upload-broken',
  'h2-reset',
  'body-reset',
  'body-truncated',
  // Usually never sent, but a `fetch` that sends again by itself may fail like this the second time.
  'dns',
  'refused',
  'unreachable',
  'tls-handshake',
])
const RETRIED_STATUSES: ReadonlySet<number> = new Set([502, 503, 504, 529])

/** Decides after each failed attempt of one request whether there is another one. */
export class Retries {
  readonly #limits: RetryLimits
  readonly #origin: Origin
  readonly #random: () => number
  /** Attempts before the current one, and how many of them may have reached the model. */
  #attemptsBefore = 0
  #sentBefore = 0
  #backoffs = 0
  #firstFailureAt: number | undefined

  constructor(limits: RetryLimits, origin: Origin, random: () => number) {
    this.#limits = limits
    this.#origin = origin
    this.#random = random
  }

  /** Whether no failure of the current attempt would lead to another one. */
  isLast(request: Retryable, hasAnswer: boolean): boolean {
    if (!request.isKept || this.#limits.retry === 'never' || this.#attemptsBefore + 1 >= MAX_ATTEMPTS) return true
    // What was answered was sent, and on no stale connection: only a replay is left.
    return hasAnswer && (!this.#isReplay(request) || this.#sentBefore + 1 >= MAX_SENT)
  }

  /** @returns the next attempt, to start before `latest`; `undefined` if the failure is final. It counts against the budget. */
  next(failure: Failure, request: Retryable, now: number, latest: number): RetryPlan | undefined {
    const reason = request.isKept ? this.#reasonFor(failure, request) : undefined
    if (reason === undefined) return undefined
    const sent = this.#sentBefore + (failure.why === 'status' || failure.wasSent ? 1 : 0)
    if (this.#attemptsBefore + 1 >= MAX_ATTEMPTS || sent >= MAX_SENT) return undefined
    this.#firstFailureAt ??= now
    const delayMs = reason === 'stale' ? 0 : Math.max(this.#backoffMs(), askedDelayMs(failure))
    if (now + delayMs > Math.min(latest, this.#firstFailureAt + this.#limits.retryWindowMs)) return undefined
    if (!this.#origin.mayRetry(reason)) return undefined
    this.#attemptsBefore++
    this.#sentBefore = sent
    if (reason !== 'stale') this.#backoffs++
    return { reason, delayMs, connection: reason === 'stale' ? 'fresh' : 'any' }
  }

  #reasonFor(failure: Failure, request: Retryable): RetryReason | undefined {
    const { retry } = this.#limits
    if (retry === 'never') return undefined
    const isReplay = this.#isReplay(request)
    if (failure.why === 'status') {
      const mayHelp = RETRIED_STATUSES.has(failure.status) && headerValue(failure.headers, 'x-should-retry') !== 'false'
      return isReplay && mayHelp ? 'replay' : undefined
    }
    const { kind, retrySafety } = failure.fault
    if (FINAL.has(kind)) return undefined
    if (retrySafety === 'never-sent' || retrySafety === 'declared-unprocessed') return 'unsent'
    // Once only, since no third attempt is sent in full.
    const isStale = kind === 'reused-closed' && !request.isClientRetry
    if (isStale && retry !== 'unsent') return 'stale'
    return isReplay && CONNECTION_LOST.has(kind) && failure.isUnknown !== true ? 'replay' : undefined
  }

  #isReplay({ isReplayable, isClientRetry }: Retryable): boolean {
    return this.#limits.retry === 'replayable' && isReplayable && !isClientRetry
  }

  /** 1 to 2 s, then 2 to 4 s: equal jitter, so that many clients do not come back together. */
  #backoffMs(): number {
    return this.#limits.retryBackoffMs * 2 ** this.#backoffs * (1 + this.#random())
  }
}

/** How long the upstream asks to be left alone. */
function askedDelayMs(failure: Failure): number {
  if (failure.why === 'fault') return 0
  const value = headerValue(failure.headers, 'retry-after')?.trim()
  if (value === undefined || value === '') return 0
  const seconds = Number(value)
  if (!Number.isNaN(seconds)) return Math.max(0, seconds * 1_000)
  const date = Date.parse(value)
  if (Number.isNaN(date)) return 0
  // By the clock of the server that wrote it, if it says what time it is: it need not agree with ours.
  const sentAt = Date.parse(headerValue(failure.headers, 'date') ?? '')
  return Math.max(0, date - (Number.isNaN(sentAt) ? Date.now() : sentAt))
}
