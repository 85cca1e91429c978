import type { ExchangeRecord, LiveExchange, StallWarning } from '@stopbit/exchange'

/** How the gateway is: `ready` takes requests; `draining` ends what is under way and wants no more. */
export type GatewayPhase = 'starting' | 'ready' | 'draining'

/** What happened since the gateway started. They only grow. */
export interface Totals {
  readonly exchanges: number
  /** Exchanges by how they ended, by the kind of their fault, and by the error that the API itself sent in a stream. */
  readonly endings: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
  readonly upstreamErrors: Readonly<Record<string, number>>
  readonly stalls: number
  /** Requests that were refused before they became exchanges, by the reason. */
  readonly refused: Readonly<Record<string, number>>
  /** Failures of the gateway itself. */
  readonly defects: number
}

/**
 * Counts of the sockets on both sides, by name, as the pool and the listener keep them; read when asked for. Empty before the
 * gateway listens.
 */
export interface SocketCounts {
  /**
   * What happened at the pool of `@stopbit/upstream`: `racesSeen` are idle connections that the API closed just as a request went
   * out. And `refusedRetries`: requests that were not sent again because there had been too many.
   */
  readonly pool: Readonly<Record<string, number>>
  /** How the pool is now: `open` connections, `active` calls, and those `queued` for a connection. */
  readonly poolNow: Readonly<Record<string, number>>
  /** Requests sent again, by the reason. */
  readonly retries: Readonly<Record<string, number>>
  /** Of the listener, with its idle-close races. */
  readonly listener: Readonly<Record<string, number>>
}

/**
 * What an operator may see of a running gateway: the one source of the log's numbers, of `/metrics` and of the status page.
 * Holds no prompt, no completion, no key and no query.
 */
export interface OperatorState {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly phase: GatewayPhase
  /** The API's origin. */
  readonly upstream: string
  readonly totals: Totals
  readonly sockets: SocketCounts
  /** Exchanges under way, oldest first, as they are now. */
  live(): LiveExchange[]
  /** The last records, oldest first; at most 1,000. */
  recent(): readonly ExchangeRecord[]
  /** The last stall warnings, oldest first, each with the time it was given (since the epoch); at most 100. */
  stalls(): readonly (StallWarning & { readonly at: number })[]
}
