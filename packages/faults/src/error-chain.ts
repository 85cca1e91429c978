import type { FaultKind } from './fault-kinds.ts'
import { linksOf, readLink, type ErrorLink } from './error-links.ts'
import { kindOfText } from './error-texts.ts'

/** These say that a connection is gone, and no more: what that means is for the facts to say. */
export const LOST_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET'])
/** Says only that a stream closed before its end: node-fetch reports a cut body with it. */
const SAYS_NOTHING = 'ERR_STREAM_PREMATURE_CLOSE'

/**
 * What the other codes of the runtimes mean, before the facts are looked at.
 * Source: codes measured on undici 8, Node 22-26, Bun 1.4, Deno 2.9 and workerd, November 2026.
 */
const KIND_BY_CODE = new Map<string, FaultKind>([
  ['ENOTFOUND', 'dns'],
  ['ECONNREFUSED', 'refused'],
  // A proxy on the way, in place of the API.
  ['UND_ERR_PRX_CONN', 'refused'],
  ['UND_ERR_PRX_TLS', 'tls-trust'],
  ['ERR_PROXY_TUNNEL', 'refused'],
  // Our own limits, not the peer's doing: no file descriptor or buffer is left for a connection.
  ['EMFILE', 'pool-full'],
  ['ENFILE', 'pool-full'],
  ['ENOBUFS', 'pool-full'],
  ['STOPBIT_POOL_FULL', 'pool-full'],
  ['STOPBIT_BREAKER_OPEN', 'breaker-open'],
  ['ENOMEM', 'internal'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['ETIMEDOUT', 'connect-timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-trust'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-trust'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-trust'],
  ['EPROTO', 'tls-handshake'],
  ['UND_ERR_HEADERS_TIMEOUT', 'headers-timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'body-timeout'],
  ['UND_ERR_HEADERS_OVERFLOW', 'bad-response'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'bad-framing'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'bad-framing'],
  ['HTTP2RefusedStream', 'refused-stream'],
  ['HTTP2StreamReset', 'h2-reset'],
  ['HTTP2GoAway', 'h2-reset'],
  ['HTTP2ProtocolError', 'bad-framing'],
  ['ERR_HTTP2_STREAM_ERROR', 'h2-reset'],
  ['ERR_HTTP2_SESSION_ERROR', 'h2-reset'],
  ['ERR_HTTP2_GOAWAY_SESSION', 'h2-reset'],
  ['ERR_HTTP2_ERROR', 'bad-framing'],
  ['UND_ERR_INFO', 'h2-reset'],
  ['Malformed_HTTP_Response', 'bad-response'],
  ['InvalidContentLength', 'bad-response'],
  ['UnrequestedUpgrade', 'bad-response'],
  ['InvalidHTTPResponse', 'bad-framing'],
  ['ZlibError', 'decode'],
  ['BrotliDecompressionError', 'decode'],
  ['Z_DATA_ERROR', 'decode'],
  ['Z_BUF_ERROR', 'decode'],
  // The pool is closed, which nobody but us does.
  ['UND_ERR_DESTROYED', 'aborted-by-us'],
  ['UND_ERR_CLOSED', 'aborted-by-us'],
  ['UND_ERR_INVALID_ARG', 'internal'],
  ['UND_ERR_INVALID_RETURN_VALUE', 'internal'],
  ['UND_ERR_NOT_SUPPORTED', 'internal'],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'internal'],
])

/** Families of codes, tested only where the exact code is unknown. */
const KIND_BY_PREFIX: readonly (readonly [string, FaultKind])[] = [
  ['EAI_', 'dns'],
  ['HPE_', 'bad-response'],
  ['ERR_SSL_', 'tls-handshake'],
  ['CERT_', 'tls-trust'],
  ['UNABLE_TO_', 'tls-trust'],
  ['UND_ERR_SOCKS5', 'refused'],
  ['ERR__ERROR_FORMAT_', 'decode'], // brotli
  ['ZSTD_error_', 'decode'],
  ['ERR_STREAM_', 'internal'],
  ['ERR_INVALID_', 'internal'],
]

/** Errors without a code, known by their class. undici's parser errors keep their code inside. */
const KIND_BY_NAME = new Map<string, FaultKind>([
  ['HTTPParserError', 'bad-response'],
  ['TimeoutError', 'headers-timeout'],
])

/** An error, read: what it says went wrong, and what it proves of the request. */
export interface ErrorReading {
  readonly code?: string
  readonly kind?: FaultKind
  /**
   * - `never-sent`: only the making of a connection raises this code.
   * - `declared-unprocessed`: HTTP/2's REFUSED_STREAM, which the peer sent for this very stream.
   * - `declared-by-goaway`: undici 8 says this for streams above the last one that the peer took on; older ones said it for
   *   others too.
   */
  readonly proof?: 'never-sent' | 'declared-unprocessed' | 'declared-by-goaway'
}

/**
 * The first code down the `cause` chain, and through `errors` of an aggregate, that means something; else a class, else a
 * text. "fetch failed" hides the code that matters one level down. Without a kind, the first code at all is kept.
 */
export function readError(error: unknown): ErrorReading {
  const links = [...linksOf(error)]
  const code = links.find((link) => link.code !== undefined)?.code
  for (const link of links) {
    const reading = readCode(link)
    if (reading === undefined) continue
    if (reading.proof === undefined && provesNeverSent(error)) return { ...reading, proof: 'never-sent' }
    return reading
  }
  const kind = first(links, ({ name }) => KIND_BY_NAME.get(name ?? '')) ?? first(links, kindByText)
  return {
    ...(code !== undefined && { code }),
    ...(kind !== undefined && { kind }),
    ...(provesNeverSent(error) && { proof: 'never-sent' }),
  }
}

function readCode({ code, text = '', syscall = '' }: ErrorLink): ErrorReading | undefined {
  const kind = kindOfCode(code)
  if (code === undefined || kind === undefined) return undefined
  // An established connection times out, too, and loses its route.
  if (/^(?:read|write)$/.test(syscall) && OF_CONNECTIONS_TOO.has(kind)) return undefined
  if (kind === 'refused-stream') return { code, kind, proof: 'declared-unprocessed' }
  if (kind !== 'h2-reset') return { code, kind }
  // Node and undici name the HTTP/2 error code in nothing but these texts of theirs.
  if (code === 'ERR_HTTP2_STREAM_ERROR' && text === 'Stream closed with error code NGHTTP2_REFUSED_STREAM') {
    return { code, kind: 'refused-stream', proof: 'declared-unprocessed' }
  }
  if (code === 'UND_ERR_INFO' && text === 'HTTP/2: "GOAWAY" frame received with code 0') {
    return { code, kind, proof: 'declared-by-goaway' }
  }
  return { code, kind: CALM.test(text) ? 'overloaded' : kind }
}

const OF_CONNECTIONS_TOO: ReadonlySet<FaultKind> = new Set<FaultKind>(['unreachable', 'connect-timeout', 'pool-full'])

/** ENHANCE_YOUR_CALM, by its name or number. */
const CALM = /^(?:Stream|Session) closed with error code (?:NGHTTP2_ENHANCE_YOUR_CALM|11)$/

function kindOfCode(code: string | undefined): FaultKind | undefined {
  if (code === undefined || code === SAYS_NOTHING || LOST_CODES.has(code)) return undefined
  return KIND_BY_CODE.get(code) ?? KIND_BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1]
}

/**
 * Whether only the making of a connection can have raised this error: by its code, by Node's name of the system call, or
 * because all that it is made of says so. An aggregate may mix attempts that were sent with one that was not.
 */
function provesNeverSent(error: unknown, budget: { left: number } = { left: MAX_LOOKS }): boolean {
  const link = budget.left-- > 0 ? readLink(error) : undefined
  if (link === undefined) return false
  if (isOfConnecting(link)) return true
  if (link.errors.length > 0) return link.errors.every((member) => provesNeverSent(member, budget))
  // A code that proves nothing may be that of a later attempt, whose cause is an earlier one.
  return link.code === undefined && provesNeverSent(link.cause, budget)
}

/** Bounds the looks at an error whose causes never end. */
const MAX_LOOKS = 64

function isOfConnecting(link: ErrorLink): boolean {
  const { code, syscall } = link
  if (code === undefined) return false
  if (syscall === 'connect' || syscall === 'getaddrinfo' || CODES_OF_CONNECTING.has(code)) return true
  const kind = kindOfCode(code)
  return (kind !== undefined && KINDS_OF_CONNECTING.has(kind)) || isFailedTunnel(link)
}

/**
 * Raised by nothing but the making of a connection: all codes of these kinds, and these codes. No runtime that has codes
 * repeats a request by itself before it raises one of them, but for HTTP/2 requests that the peer declared unprocessed, and
 * for GET and PUT in Bun, which may be repeated anyway.
 */
const KINDS_OF_CONNECTING: ReadonlySet<FaultKind> = new Set<FaultKind>(['dns', 'refused', 'tls-trust', 'breaker-open'])
const CODES_OF_CONNECTING: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'STOPBIT_POOL_FULL',
  // What the proxy answered, or that it did not, is told by the cause.
  'STOPBIT_PROXY_FAILED',
])

/** undici gives the CONNECT that a proxy refused no code of its own. */
function isFailedTunnel({ code, text = '' }: ErrorLink): boolean {
  return code === 'UND_ERR_ABORTED' && /^Proxy response \(\d{3}\) !== 200 when HTTP Tunneling$/.test(text)
}

/** The texts of failed system calls are libuv's, and say no more than their codes. */
function kindByText({ text, syscall }: ErrorLink): FaultKind | undefined {
  return text === undefined || syscall !== undefined ? undefined : kindOfText(text)
}

function first<Value>(links: readonly ErrorLink[], find: (link: ErrorLink) => Value | undefined): Value | undefined {
  for (const link of links) {
    const value = find(link)
    if (value !== undefined) return value
  }
  return undefined
}
