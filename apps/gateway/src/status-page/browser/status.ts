/**
 * What the page shows, as `GET /status.json` gives it. No prompt, completion, key, query, header or text of the runtime is in it:
 * it is made from exchange records, which hold none. Durations are milliseconds, times milliseconds since the epoch.
 */
export interface Status {
  readonly version: 1
  /** Another value means another process: the numbers have begun again. */
  readonly startedAt: number
  readonly now: number
  /** Origin of the API, without path or credentials. */
  readonly upstream: string
  /** Where clients reach the gateway; missing until it listens. */
  readonly gatewayUrl?: string
  readonly phase: 'starting' | 'ready' | 'draining'
  readonly live: readonly LiveExchange[]
  /** Exchanges that are under way but not listed: `live` is bounded. */
  readonly unlisted: number
  /** The last hour, oldest minute first, the current minute last: always 60. */
  readonly minutes: readonly Minute[]
  /** Newest first: the last exchanges, and the last that failed, so that healthy ones do not push those away. */
  readonly recent: readonly PastExchange[]
  readonly races: Races
  readonly pool: Pool
  /** Of the exchanges that the gateway remembers, `remembered` of them, as far as they got there. */
  readonly latency: { readonly headers: Spread; readonly firstData: Spread; readonly whole: Spread }
  readonly remembered: number
}

/** An exchange that is under way. */
export interface LiveExchange {
  readonly id: string
  readonly startedAt: number
  readonly dialect: string
  readonly path: string
  readonly model?: string
  readonly stream?: boolean
  /**
   * As far as the record so far shows it. `asking`: no answer yet. `retrying`: an attempt failed, the next one waits.
   * `holding`: answered, nothing has gone to the client. `committed`: it has. `closing`: the API's answer is over.
   */
  readonly phase: 'asking' | 'retrying' | 'holding' | 'committed' | 'closing'
  readonly attempts: number
  /** Since the last byte of the upstream, before its first one since the attempt began; missing once its answer is over. */
  readonly silentMs?: number
  readonly upstreamBytes: number
}

/** How many exchanges ended within one minute, and how. */
export interface Minute {
  readonly startsAt: number
  readonly whole: number
  /** Failed exchanges by cause, in the words of `failureOf` of `@stopbit/telemetry`. Only causes that occurred. */
  readonly failed: Readonly<Record<string, number>>
}

/** Keep-alive races, on both sides of the gateway. */
interface Races {
  /** Idle connections that the API closed just as a request went out on them. */
  readonly upstream: number
  /** Requests that came just as the gateway closed their idle connection. */
  readonly listener: number
}

/** Connections to the API since the start, and the requests on them. */
interface Pool {
  readonly opened: number
  /** Requests that went out on a connection that had carried one before. */
  readonly reused: number
  /** Connections that are open now. */
  readonly open: number
  /** Requests sent again, by the reason. */
  readonly retries: Readonly<Record<string, number>>
  /** Requests that were not sent again because there had been too many. */
  readonly refusedRetries: number
}

/** How a measure is spread over exchanges. */
export interface Spread {
  readonly count: number
  readonly p50?: number
  readonly p95?: number
}

/** One attempt of an exchange that is over. */
export interface PastAttempt {
  readonly startedMs: number
  readonly reused?: boolean
  readonly status?: number
  readonly fault?: string
  readonly retry?: string
  readonly retryDelayMs?: number
}

/** An exchange that is over. Times within it are milliseconds after its start. */
export interface PastExchange {
  readonly id: string
  readonly startedAt: number
  readonly dialect: string
  readonly method: string
  readonly path: string
  readonly model?: string
  readonly stream?: boolean
  readonly sse?: boolean
  readonly status?: number
  readonly upstreamStatus?: number
  readonly ending: string
  /** Why it failed, in the words of `Minute.failed`; missing if it did not. */
  readonly cause?: string
  /** What the fault means and what to do, for a person. */
  readonly sentence?: string
  /** The type of the error that the API sent within its stream. */
  readonly upstreamError?: string
  readonly faultPhase?: string
  /** The runtime's error code. */
  readonly code?: string
  readonly misuse?: string
  /** When the operator was told of a silence, and how long it was then; only the last ones of all are remembered. */
  readonly told: readonly { readonly atMs: number; readonly silentMs: number }[]
  readonly requestId?: string
  readonly clientRequestId?: string
  readonly xRequestId?: string
  readonly cfRay?: string
  readonly attempts: readonly PastAttempt[]
  readonly headersMs?: number
  readonly firstByteMs?: number
  readonly firstDataMs?: number
  readonly firstSentMs?: number
  readonly durationMs: number
  readonly longestSilenceMs: number
  readonly stalls: number
  readonly requestBytes: number
  readonly upstreamBytes: number
  readonly downstreamBytes: number
  readonly events: number
  readonly sentEvents: number
  readonly heartbeats: number
}
