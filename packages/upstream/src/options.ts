import { X509Certificate } from 'node:crypto'
import type { FaultHistoryOptions } from './call-history.ts'
import type { BreakerOptions, ResolvedBreakerOptions } from './breaker.ts'

/** The options of `createUpstreamPool`. Durations in milliseconds. */
export interface UpstreamPoolOptions {
  /** Where the API is: scheme, host, port and an optional base path. No request can choose another host. */
  readonly url: URL
  /**
   * Longest time to set up a connection, TLS included. Starts with the first packet, stops when it is ready. Default 10,000.
   * Through a proxy each of its parts has this long: the proxy's connection, its answer to CONNECT, and TLS.
   */
  readonly connectTimeoutMs?: number | undefined
  /** Certificate authorities in PEM form, in place of the system's. TLS is always verified. A proxy's own TLS keeps the system's. */
  readonly ca?: string | undefined
  /**
   * Most connections that are open or being set up at once. Default 8,192: below the usual limit of 65,535 ports and of file
   * descriptors, above any number of streams that one Node process relays well. A call beyond it waits.
   */
  readonly maxConnections?: number | undefined
  /**
   * Whether HTTP/2 may be spoken to an https upstream that offers it. Default `false`. It has a price: undici sends a request
   * again by itself, once, after REFUSED_STREAM or GOAWAY (counted as `hiddenResends`), and a session that dies takes all of
   * its streams along. Offered second to HTTP/1.1, so an upstream that speaks both decides.
   */
  readonly allowH2?: boolean | undefined
  /**
   * How long an idle connection is kept when the API does not say. Default 4,000: short enough for the fronts that close after
   * 5 s, which is Node's own default and the shortest in use. A `Keep-Alive` hint wins: then it is kept for the hint minus 2 s.
   */
  readonly keepAliveMs?: number | undefined
  /**
   * The way out: `environment` (default) takes HTTPS_PROXY, HTTP_PROXY and NO_PROXY in upper or lower case as undici does (for
   * https, HTTPS_PROXY and else HTTP_PROXY), but never sends a loopback upstream to a proxy; `none` takes no proxy; an http:
   * or https: URL, with credentials where needed, is that proxy, whatever the upstream. Always by a CONNECT tunnel, http:
   * upstreams too: so a failure of the proxy's cannot look like an answer of the API's.
   */
  readonly proxy?: 'environment' | 'none' | (string & {}) | undefined
  /** When the breaker opens, or `off`. Default: as `BreakerOptions` says. */
  readonly breaker?: BreakerOptions | 'off' | undefined
  /** Keeps what happens to each call, and hands it over when the call ends in a fault. Default: nothing is kept. */
  readonly history?: FaultHistoryOptions | undefined
}

/** `UpstreamPoolOptions` with every default filled in and checked. */
export interface ResolvedPoolOptions {
  readonly url: URL
  readonly connectTimeoutMs: number
  readonly ca: string | undefined
  readonly maxConnections: number
  readonly allowH2: boolean
  readonly keepAliveMs: number
  readonly proxy: 'environment' | 'none' | URL
  readonly breaker: ResolvedBreakerOptions | 'off'
  readonly history: { readonly maxBytes: number; readonly onFault: FaultHistoryOptions['onFault'] } | undefined
}

/** Longest duration that timers take: 2^31 - 1 ms. */
const MAX_MS = 2_147_483_647

/** Fills in the defaults. Throws a `RangeError` for a wrong number, else a `TypeError`; both name the option, the rule and the value. */
export function resolvePoolOptions(options: UpstreamPoolOptions): ResolvedPoolOptions {
  refuseUnknown('', options, [
    'url',
    'connectTimeoutMs',
    'ca',
    'maxConnections',
    'allowH2',
    'keepAliveMs',
    'proxy',
    'breaker',
    'history',
  ])
  return {
    url: checkUrl(options.url),
    connectTimeoutMs: checkDuration('connectTimeoutMs', options.connectTimeoutMs ?? 10_000),
    ca: checkCa(options.ca),
    maxConnections: checkCount('maxConnections', options.maxConnections ?? 8_192),
    allowH2: checkFlag('allowH2', options.allowH2 ?? false),
    keepAliveMs: checkDuration('keepAliveMs', options.keepAliveMs ?? 4_000),
    proxy: checkProxy(options.proxy ?? 'environment'),
    breaker: resolveBreakerOptions(options.breaker ?? {}),
    history: resolveHistory(options.history),
  }
}

function resolveHistory(options: FaultHistoryOptions | undefined): ResolvedPoolOptions['history'] {
  if (options === undefined) return undefined
  if (typeof options !== 'object') throw wrong('history', 'must be an object', options)
  refuseUnknown('history.', options, ['maxBytes', 'onFault'])
  if (typeof options.onFault !== 'function') throw wrong('history.onFault', 'must be a function', options.onFault)
  return { maxBytes: checkCount('history.maxBytes', options.maxBytes ?? 262_144), onFault: options.onFault }
}

function resolveBreakerOptions(options: BreakerOptions | 'off'): ResolvedBreakerOptions | 'off' {
  if (options === 'off') return options
  if (typeof options !== 'object') throw wrong('breaker', 'must be "off" or an object', options)
  refuseUnknown('breaker.', options, ['windowMs', 'minAttempts', 'failedShare', 'openMs'])
  const { failedShare = 0.95 } = options
  if (!(typeof failedShare === 'number' && failedShare > 0 && failedShare <= 1)) {
    throw outOfRange('breaker.failedShare', 'must be a number above 0 and up to 1', failedShare)
  }
  return {
    windowMs: checkDuration('breaker.windowMs', options.windowMs ?? 10_000),
    minAttempts: checkCount('breaker.minAttempts', options.minAttempts ?? 200),
    failedShare,
    openMs: checkDuration('breaker.openMs', options.openMs ?? 2_000),
  }
}

function refuseUnknown(prefix: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`Cannot use ${prefix}${name}: there is no such option`)
  }
}

function checkUrl(url: URL): URL {
  if (!(url instanceof URL)) throw wrong('url', 'must be a URL', url)
  if (url.protocol === 'http:' || url.protocol === 'https:') return url
  throw wrong('url', 'must be http: or https:', url.protocol)
}

function checkDuration(option: string, value: number): number {
  if (typeof value === 'number' && value >= 1 && value <= MAX_MS) return value
  throw outOfRange(option, `must be a number of milliseconds from 1 to ${MAX_MS}`, value)
}

function checkCount(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw outOfRange(option, 'must be a whole number, at least 1', value)
}

function checkFlag(option: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value
  throw wrong(option, 'must be true or false', value)
}

/** The value is not shown: it is long, and what is wrong with it cannot be seen. */
function checkCa(ca: string | undefined): string | undefined {
  if (ca === undefined) return ca
  try {
    if (typeof ca === 'string' && new X509Certificate(ca).subject !== undefined) return ca
  } catch {
    // The rule says it.
  }
  throw new TypeError('Cannot use ca: must be certificates in PEM form')
}

function checkProxy(proxy: string): 'environment' | 'none' | URL {
  if (proxy === 'environment' || proxy === 'none') return proxy
  if (typeof proxy === 'string' && isProxyUrl(proxy)) return new URL(proxy)
  throw wrong('proxy', 'must be "environment", "none" or an http: or https: URL', withoutCredentials(proxy))
}

/** Whether it is the URL of a proxy that can be used. */
export function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol } = new URL(text)
  return protocol === 'http:' || protocol === 'https:'
}

/** Passwords stand before an `@`. */
export function withoutCredentials(text: unknown): unknown {
  return typeof text === 'string' ? text.replace(/^.*@/s, '…@') : text
}

function wrong(option: string, rule: string, value: unknown): TypeError {
  return new TypeError(describe(option, rule, value))
}

function outOfRange(option: string, rule: string, value: unknown): RangeError {
  return new RangeError(describe(option, rule, value))
}

function describe(option: string, rule: string, value: unknown): string {
  return `Cannot use ${option}: ${rule}, got ${typeof value === 'string' ? `"${value}"` : String(value)}`
}
