/**
 * The clocks of a proxy that a trace may set, in milliseconds at scale 1. The names are Stopbit's option names; a target
 * gets each as `STOPBIT_` + the name in upper snake case.
 */
export interface Limits {
  /** Longest time to establish an upstream connection. */
  readonly connectTimeoutMs?: number
  /** From the accepted request to the upstream's response head. */
  readonly headersTimeoutMs?: number
  /** Longest silence of the upstream after its head; any upstream byte restarts it. */
  readonly idleTimeoutMs?: number
  /** Longest time without model data; keep-alives of the upstream do not restart it. */
  readonly progressTimeoutMs?: number
  /** Longest whole exchange. */
  readonly totalTimeoutMs?: number
  /** The first wait before a request is sent again, by a target that does so; up to as much again may be added by chance. */
  readonly retryBackoffMs?: number
  /** When the last attempt of such a target may start, from the first failure. */
  readonly retryWindowMs?: number
  /** How long a 2xx head may be held back for the first model data. */
  readonly commitAfterMs?: number
  /** Silence towards the client after which the target sends a heartbeat. */
  readonly heartbeatMs?: number
  /** How long an idle client connection is kept. */
  readonly listenerKeepaliveMs?: number
  /** How long running exchanges may go on after SIGTERM. */
  readonly drainDeadlineMs?: number
}

export type LimitName = keyof Limits

/**
 * What a target is given when the trace says nothing. Chosen so that a healthy trace is never cut and that no two clocks that
 * can decide the same trace lie within a factor of 2: the longest silence in the traces is 20,063 ms, so idle is more than
 * twice that. `totalTimeoutMs` is off, as in Stopbit itself. `drainDeadlineMs` is short because nothing runs when a target is stopped.
 */
export const DEFAULT_LIMITS: Limits = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 60_000,
  idleTimeoutMs: 45_000,
  progressTimeoutMs: 240_000,
  retryBackoffMs: 1_000,
  retryWindowMs: 20_000,
  commitAfterMs: 10_000,
  heartbeatMs: 7_000,
  listenerKeepaliveMs: 80_000,
  drainDeadlineMs: 10_000,
}

/** The limits that hold for one trace: its own over the defaults. */
export function effectiveLimits(own: Limits | undefined): Limits {
  return { ...DEFAULT_LIMITS, ...own }
}
