import type { UpstreamEvents } from '../upstream-events.ts'
import { FetchCall } from './fetch-call.ts'
import { resolveFetchOptions, type FetchTransportOptions } from './options.ts'
import { toFetchBody } from './request-body.ts'

/** A request as the transport sends it. */
export interface FetchRequest {
  readonly method: string
  /** Path and query. It is put behind the origin as it is, so it cannot choose another host. */
  readonly path: string
  /** Names and values alternate. Without `host` and hop-by-hop fields, which the connection sets. */
  readonly headers: readonly string[]
  /** A stream is sent as it comes. If it fails, so does the call; it is never an unhandled rejection. */
  readonly body: Uint8Array | ReadableStream<Uint8Array> | undefined
  /** Taken from the pool's requests and not heeded: over `fetch` nobody can choose a connection. */
  readonly connection?: 'any' | 'fresh' | undefined
}

/** The way to one origin. */
export interface FetchTransport {
  readonly url: URL
  /** Sends a request. Reports through `events`, never by a throw, and nothing before it has returned. */
  dispatch(request: FetchRequest, events: UpstreamEvents): FetchCall
}

/**
 * Makes the transport of one API over any `fetch`, in any runtime. It reports as the pool does, with what a `fetch` lets know:
 *
 * - Whether there was a connection, whether it was used before and what was sent is unknown, so such a fault counts as maybe
 *   processed; `upstreamQueued` never comes, and `upstreamConnected` comes with the head. There is no limit for setting up a
 *   connection: the headers clock bounds it.
 * - A redirect is an answer like any other; it is never followed.
 * - The body is read one chunk at a time, and not at all while the call is paused, so that the runtime's own flow control
 *   reaches the API.
 * - Bodies that the runtime has decoded come without `content-encoding`, `content-length` and `transfer-encoding`, which were
 *   those of other bytes. To tell, the head of a coded answer waits for its first 16 bytes. Node accepts a coded body that was cut
 *   within clean framing (measured, Node 24): only what the body itself says tells it.
 * - A body that neither a length nor chunks delimit and that is cut by a reset looks like a whole one in Node and Bun; over
 *   HTTP/2, which Deno speaks where it is offered, so does one whose stream is reset with CANCEL or NO_ERROR.
 *
 * A runtime's own limits stay, where there is no way around them: Node's `fetch` gives up after 300 s without a head or without
 * a byte. Give it a `fetch` whose dispatcher has no limits for an API that may be silent for longer.
 *
 * Runtimes send requests again by themselves when a kept connection dies before a response (measured: Deno 2.9.6 all methods,
 * Bun 1.4.5 GET and PUT, workerd 1.20261117 GET; Node 24 none). A body that is sent as a stream keeps them from it; see
 * `sendBody`. What has no body, GET before all, cannot be kept from being sent twice.
 *
 * Throws a `TypeError` for an option that is wrong or unknown.
 */
export function createFetchTransport(options: FetchTransportOptions): FetchTransport {
  const { url, fetch, sendBody } = resolveFetchOptions(options)
  return {
    url,
    dispatch({ method, path, headers, body }, events) {
      const start = (signal: AbortSignal): Promise<Response> => {
        const send = fetch ?? globalThis.fetch
        return send(url.origin + path, {
          method,
          headers: toHeaders(headers),
          redirect: 'manual',
          timeout: false, // Bun's, which would cut after 360 s; nobody else knows it
          signal,
          ...toFetchBody(method, body, sendBody),
        })
      }
      return new FetchCall(start, { events, secure: url.protocol === 'https:' })
    },
  }
}

/** Fields of one name are repeated, or joined: that is the runtime's. */
function toHeaders(list: readonly string[]): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < list.length; i += 2) headers.append(list[i] ?? '', list[i + 1] ?? '')
  return headers
}
