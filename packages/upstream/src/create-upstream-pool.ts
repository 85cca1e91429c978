import type { Readable } from 'node:stream'
import { Pool } from 'undici'
import { UpstreamCall } from './upstream-call.ts'
import type { UpstreamEvents } from './upstream-events.ts'

/** The options of `createUpstreamPool`. Durations in milliseconds. */
export interface UpstreamPoolOptions {
  /** Where the API is: scheme, host, port and an optional base path. No request can choose another host. */
  readonly url: URL
  /** Longest time to set up a connection, TLS included. Starts with the first packet, stops when it is ready. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined
  /** Certificate authorities in PEM form, in place of the system's. TLS is always verified. */
  readonly ca?: string | undefined
}

/** A request as the pool sends it. */
export interface PoolRequest {
  readonly method: string
  readonly path: string
  /** Names and values alternate. Without `host` and hop-by-hop fields, which the connection sets. */
  readonly headers: readonly string[]
  readonly body: Uint8Array | Readable | undefined
}

/** Keep-alive connections to one origin. */
export interface UpstreamPool {
  readonly url: URL
  /** Sends a request. Reports through `events`, never by a throw. */
  dispatch(request: PoolRequest, events: UpstreamEvents): UpstreamCall
  /** Closes every connection at once. Calls that are under way report a fault. */
  destroy(): Promise<void>
}

/** Longest duration that timers take: 2^31 - 1 ms. */
const MAX_MS = 2_147_483_647

/**
 * At most as many connections per origin. Below the usual limit of 65,535 ports and of file descriptors, above any number
 * of streams that one Node process relays well.
 */
const MAX_CONNECTIONS = 8_192

/**
 * How long an idle connection is kept when the API does not say. Short enough for the fronts that close after 5 s, which is
 * Node's own default and the shortest in use. With a `Keep-Alive` hint undici keeps it for the hint minus two seconds.
 */
const KEEP_ALIVE_MS = 4_000

/** Makes the pool of one API. Throws for a URL that is not http or https, and for a limit that no timer takes. */
export function createUpstreamPool(options: UpstreamPoolOptions): UpstreamPool {
  const { url, connectTimeoutMs = 10_000, ca } = options
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`Cannot use upstream URL: must be http: or https:, got "${url.protocol}"`)
  }
  if (!(connectTimeoutMs >= 1 && connectTimeoutMs <= MAX_MS)) {
    throw new RangeError(`Cannot use connectTimeoutMs: must be from 1 to ${MAX_MS}, got ${connectTimeoutMs}`)
  }
  const pool = new Pool(url.origin, {
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The exchange has clocks of its own, which know what they are waiting for.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs, ...(ca !== undefined && { ca }) },
  })
  return {
    url,
    dispatch({ method, path, headers, body }, events) {
      const call = new UpstreamCall(events, url.protocol === 'https:')
      pool.dispatch({ method, path, headers: [...headers], body: body ?? null }, call)
      return call
    },
    destroy: () => pool.destroy(),
  }
}
