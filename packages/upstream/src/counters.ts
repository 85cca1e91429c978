import type { ConnectionLedger } from './connection-ledger.ts'

/**
 * What a pool has done since it was made, as plain numbers that stay up to date. Each pool counts only what is its own.
 * Gauges go up and down; all others only grow.
 */
export interface PoolCounters {
  /** Connections that became ready, TLS and the proxy's tunnel included. */
  readonly connectionsOpened: number
  /** Connections that could not be set up. */
  readonly connectionFailures: number
  /** Requests whose head went out, hidden re-sends included. */
  readonly requestsSent: number
  /** Those of them that went out on a connection which had carried a request before. */
  readonly requestsOnReused: number
  /** Reused connections that closed within a second of the request, before any byte of a response: the idle-close race. */
  readonly racesSeen: number
  /** Requests that undici sent again by itself over HTTP/2, after REFUSED_STREAM or GOAWAY. At most one per call. */
  readonly hiddenResends: number
  /** Bytes written to connections, heads and TLS included. */
  readonly bytesSent: number
  /** Bytes read from connections, heads and TLS included. */
  readonly bytesReceived: number
  /** Gauge: connections that are open. */
  readonly open: number
  /** Gauge: calls that have a connection and no end yet. */
  readonly active: number
  /** Gauge: calls that wait for a connection. */
  readonly queued: number
  /** Times the breaker opened. */
  readonly breakerOpened: number
}

/** The numbers that calls and connections count up. */
export type CallCounters = {
  -readonly [
    Name in Exclude<
      keyof PoolCounters,
      'connectionsOpened' | 'connectionFailures' | 'bytesSent' | 'bytesReceived' | 'open'
    >
  ]: number
}

/** Sums of the ledger are made when they are read: nothing is counted per chunk. */
export function createCounters(ledger: ConnectionLedger): Omit<PoolCounters, keyof CallCounters> & CallCounters {
  return {
    get connectionsOpened() {
      return ledger.opened
    },
    get connectionFailures() {
      return ledger.failures
    },
    requestsSent: 0,
    requestsOnReused: 0,
    racesSeen: 0,
    hiddenResends: 0,
    get bytesSent() {
      return ledger.bytesSent
    },
    get bytesReceived() {
      return ledger.bytesReceived
    },
    get open() {
      return ledger.open
    },
    active: 0,
    queued: 0,
    breakerOpened: 0,
  }
}
