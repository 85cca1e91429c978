/** The options of `createFetchTransport`. */
export interface FetchTransportOptions {
  /** Where the API is: scheme, host, port and an optional base path. No request can choose another host. */
  readonly url: URL
  /** What carries the requests. Default: the runtime's `fetch`, looked up with each request. */
  readonly fetch?: Fetch | undefined
  /**
   * How a request's body is handed to `fetch`. `whole`: with its length. `stream`: as a stream, which no runtime can send
   * twice, with `transfer-encoding: chunked` where the runtime does not take a length for it (Deno).
   *
   * Default: `stream` where the runtime is known to send whole bodies again by itself (Deno: all; Bun: PUT), else `whole`.
   * Choose `whole` for an API that refuses chunked requests, and live with requests that it may get twice.
   */
  readonly sendBody?: 'whole' | 'stream' | undefined
}

/** As much of `fetch` as is used: any function that takes a URL and an init and gives a `Response`. */
type Fetch = (url: string, init: RequestInit & BeyondTheTypes) => Promise<Response>

/** What runtimes take beside it, and the types do not know. */
interface BeyondTheTypes {
  readonly duplex?: 'half'
  readonly timeout?: false
}

/** `FetchTransportOptions`, checked. */
export interface ResolvedFetchOptions {
  readonly url: URL
  readonly fetch: Fetch | undefined
  readonly sendBody: 'whole' | 'stream' | undefined
}

/** Throws a `TypeError` that names the option, the rule and the value. */
export function resolveFetchOptions(options: FetchTransportOptions): ResolvedFetchOptions {
  const { url, fetch, sendBody } = options
  for (const name of Object.keys(options)) {
    if (!['url', 'fetch', 'sendBody'].includes(name)) throw new TypeError(`Cannot use ${name}: there is no such option`)
  }
  if (!(url instanceof URL)) throw wrong('url', 'must be a URL', url)
  if (!/^https?:$/.test(url.protocol)) throw wrong('url', 'must be http: or https:', url.protocol)
  if (fetch !== undefined && typeof fetch !== 'function') throw wrong('fetch', 'must be a function', fetch)
  if (sendBody !== undefined && sendBody !== 'whole' && sendBody !== 'stream') {
    throw wrong('sendBody', 'must be "whole" or "stream"', sendBody)
  }
  return { url, fetch, sendBody }
}

function wrong(option: string, rule: string, value: unknown): TypeError {
  return new TypeError(`Cannot use ${option}: ${rule}, got ${typeof value === 'string' ? `"${value}"` : String(value)}`)
}
