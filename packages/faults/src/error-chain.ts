import type { FaultKind } from './fault-kinds.ts'

/**
 * What the runtimes' codes mean, before the facts are looked at. `ECONNRESET`, `UND_ERR_SOCKET` and their like are not
 * here on purpose: they say only that a connection is gone, and the facts say what that means.
 * Source: codes measured on undici 8, Node 22-26, Bun 1.4, Deno 2.9 and workerd (failure signatures §1.2, §2).
 */
const KIND_BY_CODE = new Map<string, FaultKind>([
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['ECONNREFUSED', 'refused'],
  // Our own limits, not the peer's doing: no file descriptor or buffer is left for a connection.
  ['EMFILE', 'pool-full'],
  ['ENFILE', 'pool-full'],
  ['ENOBUFS', 'pool-full'],
  ['ENOMEM', 'internal'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['ETIMEDOUT', 'connect-timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
  ['CERT_HAS_EXPIRED', 'tls-trust'],
  ['CERT_NOT_YET_VALID', 'tls-trust'],
  ['CERT_REVOKED', 'tls-trust'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-trust'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-trust'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'tls-trust'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls-trust'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-trust'],
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
  ['ERR_HTTP2_ERROR', 'bad-framing'],
  ['UND_ERR_INFO', 'h2-reset'],
  ['Malformed_HTTP_Response', 'bad-response'],
  ['InvalidContentLength', 'bad-response'],
  ['UnrequestedUpgrade', 'bad-response'],
  ['InvalidHTTPResponse', 'bad-framing'],
  ['ZlibError', 'decode'],
  ['Z_DATA_ERROR', 'decode'],
  ['Z_BUF_ERROR', 'decode'],
  ['UND_ERR_INVALID_ARG', 'internal'],
])

/** Families of codes, tested only where the exact code is unknown. */
const KIND_BY_PREFIX: readonly (readonly [string, FaultKind])[] = [
  ['HPE_', 'bad-response'],
  ['ERR_SSL_', 'tls-handshake'],
  ['CERT_', 'tls-trust'],
  ['UNABLE_TO_', 'tls-trust'],
]

/** Errors without a code, known by their class. undici's parser errors keep their code inside. */
const KIND_BY_NAME = new Map<string, FaultKind>([['HTTPParserError', 'bad-response']])

/**
 * The first code down the `cause` chain, and through `errors` of an aggregate, that means something; else the first
 * code at all. "fetch failed" hides the code that matters one level down.
 */
export function codeOf(error: unknown): { readonly code?: string; readonly kind?: FaultKind } {
  let first: string | undefined
  for (const link of chain(error)) {
    const { code, name } = link as { code?: unknown; name?: unknown }
    const text = typeof code === 'string' ? code : undefined
    first ??= text
    const kind = kindOf(text, name)
    if (kind !== undefined) return text === undefined ? { kind } : { code: text, kind }
  }
  return first === undefined ? {} : { code: first }
}

function kindOf(code: string | undefined, name: unknown): FaultKind | undefined {
  if (code === undefined) return typeof name === 'string' ? KIND_BY_NAME.get(name) : undefined
  return KIND_BY_CODE.get(code) ?? KIND_BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1]
}

/** The error and its causes, each once: a cause chain may loop. */
function* chain(error: unknown): Generator<object> {
  const seen = new Set<unknown>()
  const open: unknown[] = [error]
  while (open.length > 0) {
    const link = open.shift()
    if (typeof link !== 'object' || link === null || seen.has(link)) continue
    seen.add(link)
    yield link
    const { cause, errors } = link as { cause?: unknown; errors?: unknown }
    open.push(cause, ...(Array.isArray(errors) ? errors : []))
  }
}
