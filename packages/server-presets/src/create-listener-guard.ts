import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** The options of `createListenerGuard`. */
export interface ListenerGuardOptions {
  /** The host that the server listens on. */
  readonly host: string
  /** Further names that clients may use for it, without port, for instance `gateway.internal`. */
  readonly allowedHosts?: readonly string[] | undefined
  /** What every client has to present. Must be given for a host that is not loopback. */
  readonly token?: string | undefined
}

/** Why a request must not be handled. */
export interface Refusal {
  readonly status: 401 | 403 | 421
  /** For the client; says what to do. */
  readonly sentence: string
}

/** Tells whether a request may be handled; `undefined` if it may. */
export type ListenerGuard = (request: Pick<IncomingMessage, 'headers'>) => Refusal | undefined

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '::1'])

/** Whether a listen host is reachable from this machine only. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_NAMES.has(host) || (isIP(host) === 4 && host.startsWith('127.'))
}

/**
 * Keeps strangers out of a listener.
 *
 * On loopback any web page in the user's browser could reach it. So the `Host` must be one that the listener is known by,
 * which ends DNS rebinding, and an `Origin` that is not one of those hosts is refused, as is a request that the browser
 * calls cross-site, which ends cross-site requests.
 * Elsewhere each request has to present the token, in `x-stopbit-token` or as a bearer token in `proxy-authorization`;
 * neither is passed upstream.
 *
 * Throws a `TypeError` if the host is not loopback and there is no token.
 */
export function createListenerGuard({ host, allowedHosts = [], token }: ListenerGuardOptions): ListenerGuard {
  const loopback = isLoopbackHost(host)
  if (!loopback && (token === undefined || token === '')) {
    throw new TypeError(`Cannot listen on ${host} without a token: others on the network could use the upstream's key`)
  }
  const hosts = new Set([...LOOPBACK_NAMES, host, ...allowedHosts].map((name) => name.toLowerCase()))
  return ({ headers }) => {
    if (token !== undefined && !presents(headers, token)) return NO_TOKEN
    if (loopback && !hosts.has(hostName(headers.host))) return WRONG_HOST
    if (headers.origin !== undefined && !hosts.has(originHost(headers.origin))) return FOREIGN_ORIGIN
    // Images, scripts and links of a foreign page come without an `Origin`, but browsers say where they come from.
    if (headers.origin === undefined && headers['sec-fetch-site'] === 'cross-site') return FOREIGN_ORIGIN
    return undefined
  }
}

const NO_TOKEN: Refusal = {
  status: 401,
  sentence: "This gateway needs its token in the x-stopbit-token header. Ask the gateway's operator for it.",
}
const WRONG_HOST: Refusal = {
  status: 421,
  sentence:
    'This gateway is not known by the host name of this request. Use localhost, or add the name to its allowed hosts.',
}
const FOREIGN_ORIGIN: Refusal = {
  status: 403,
  sentence:
    'This gateway does not take requests from this web page. Add the host of the page to its allowed hosts if it should.',
}

function presents(headers: IncomingMessage['headers'], token: string): boolean {
  const bearer = /^Bearer (.+)$/i.exec(headers['proxy-authorization'] ?? '')?.[1]
  return [headers['x-stopbit-token'], bearer].some((given) => typeof given === 'string' && isSame(given, token))
}

/** Compares without telling by its time how much was right. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The name in a `Host` header: without port, brackets and a trailing dot. */
function hostName(host: string | undefined): string {
  const name = host?.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1') ?? ''
  return name.replace(/\.$/, '').toLowerCase()
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? hostName(new URL(origin).host) : ''
}
