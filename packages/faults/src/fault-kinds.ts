/** The name of a fault: a key of `FAULTS`. */
export type FaultKind =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'connect-timeout'
  | 'tls-trust'
  | 'tls-handshake'
  | 'refused-stream'
  | 'reused-closed'
  | 'closed-before-headers'
  | 'upload-broken'
  | 'h2-reset'
  | 'headers-timeout'
  | 'bad-response'
  | 'overloaded'
  | 'pool-full'
  | 'breaker-open'
  | 'body-reset'
  | 'body-truncated'
  | 'body-timeout'
  | 'progress-timeout'
  | 'decode'
  | 'bad-framing'
  | 'internal'
  | 'client-gone'
  | 'aborted-by-us'

/**
 * Where in the way of a request the fault happened.
 *
 * `connect` covers DNS, TCP and TLS; `send` is the request on its way up; `headers` is after the request and before a
 * whole response head; `body` is after it.
 */
export type FaultPhase = 'connect' | 'send' | 'headers' | 'body'

/**
 * Whether the request may be sent again without being executed twice.
 *
 * - `never-sent`: no byte of the request left for the peer.
 * - `declared-unprocessed`: the peer said that it did not work on it (HTTP/2 REFUSED_STREAM, GOAWAY).
 * - `maybe-processed`: unknown. An unknown error is always this.
 * - `processed`: the peer answered.
 * - `not-a-retry-case`: the client left, or we ended the exchange ourselves.
 */
export type RetrySafety = 'never-sent' | 'declared-unprocessed' | 'maybe-processed' | 'processed' | 'not-a-retry-case'

/** An error word of RFC 9209 §2.3 (Proxy-Status), or `none` where no upstream fault is meant. */
export type ProxyStatusError =
  | 'dns_error'
  | 'connection_refused'
  | 'destination_ip_unroutable'
  | 'connection_timeout'
  | 'tls_certificate_error'
  | 'tls_protocol_error'
  | 'connection_terminated'
  | 'http_response_timeout'
  | 'connection_read_timeout'
  | 'http_response_incomplete'
  | 'http_response_content_coding'
  | 'http_protocol_error'
  | 'connection_limit_reached'
  | 'destination_unavailable'
  | 'proxy_internal_error'
  | 'none'

/** What the operator has to do with a fault, in the order of the HTTP status that says it. */
export interface FaultDescription {
  readonly phase: FaultPhase
  readonly proxyStatus: ProxyStatusError
  readonly retrySafety: RetrySafety
  /** Status of the response when its head is not sent yet. A dialect may have a closer one (Anthropic: 529 for 503). */
  readonly status: 499 | 500 | 502 | 503 | 504
  /**
   * The one sentence that a person reads: what happened and what to do. It never changes with the error, so it cannot
   * carry an errno, a host, a port or a path.
   */
  readonly sentence: string
  /** The same for a person whose own program talks to the API, without a gateway. Missing where `sentence` fits both. */
  readonly clientSentence?: string
}

/**
 * Every fault kind, with all that follows from the kind alone.
 *
 * `phase` and `retrySafety` are those of the kind's usual case; `classifyFault` corrects them by the facts.
 * Source of the kinds and their safety: failures of transport, measured on undici 8, Node 22-26, Bun 1.4, Deno 2.9 and workerd,
 * November 2026; of the words: RFC 9209 §2.3.
 */
export const FAULTS: Readonly<Record<FaultKind, FaultDescription>> = {
  dns: {
    phase: 'connect',
    proxyStatus: 'dns_error',
    retrySafety: 'never-sent',
    status: 502,
    sentence:
      "The gateway could not find the model API's address. Try again in a moment; if it persists, check the gateway's upstream URL.",
    clientSentence:
      "The model API's address could not be found. Check the network connection and the API's URL, then try again.",
  },
  refused: {
    phase: 'connect',
    proxyStatus: 'connection_refused',
    retrySafety: 'never-sent',
    status: 502,
    sentence:
      "The model API did not accept a connection. Try again in a moment; if it persists, check the gateway's upstream URL.",
    clientSentence:
      "The model API did not accept a connection. Try again in a moment; if it persists, check the API's URL.",
  },
  unreachable: {
    phase: 'connect',
    proxyStatus: 'destination_ip_unroutable',
    retrySafety: 'never-sent',
    status: 502,
    sentence:
      "The gateway has no network route to the model API. Try again in a moment; if it persists, check the gateway's network.",
    clientSentence: 'There is no network route to the model API. Check the network connection, then try again.',
  },
  'connect-timeout': {
    phase: 'connect',
    proxyStatus: 'connection_timeout',
    retrySafety: 'never-sent',
    status: 504,
    sentence: 'The model API did not accept a connection in time. Try again in a moment.',
  },
  'tls-trust': {
    phase: 'connect',
    proxyStatus: 'tls_certificate_error',
    retrySafety: 'never-sent',
    status: 502,
    sentence:
      "The gateway could not verify the model API's identity, so it sent nothing. Trying again will not help; check the gateway's upstream URL and its trusted certificate authorities.",
    clientSentence:
      "The model API's identity could not be verified, so nothing was sent. Trying again will not help; check the API's URL and the trusted certificate authorities.",
  },
  'tls-handshake': {
    phase: 'connect',
    proxyStatus: 'tls_protocol_error',
    retrySafety: 'never-sent',
    status: 502,
    sentence: 'The gateway could not set up a secure connection to the model API. Try again in a moment.',
    clientSentence: 'A secure connection to the model API could not be set up. Try again in a moment.',
  },
  'refused-stream': {
    phase: 'headers',
    proxyStatus: 'connection_terminated',
    retrySafety: 'declared-unprocessed',
    status: 502,
    sentence: 'The model API turned the request away before working on it. Try again in a moment.',
  },
  'reused-closed': {
    phase: 'headers',
    proxyStatus: 'connection_terminated',
    retrySafety: 'maybe-processed',
    status: 502,
    sentence: 'The model API closed an idle connection just as the request was sent. Try again.',
  },
  'closed-before-headers': {
    phase: 'headers',
    proxyStatus: 'connection_terminated',
    retrySafety: 'maybe-processed',
    status: 502,
    sentence: 'The model API closed the connection before it answered. Try again.',
  },
  'upload-broken': {
    phase: 'send',
    proxyStatus: 'connection_terminated',
    retrySafety: 'maybe-processed',
    status: 502,
    sentence: 'The connection to the model API was lost while the request was being sent. Try again.',
    clientSentence: 'The request could not be sent to its end. Try again.',
  },
  'h2-reset': {
    phase: 'headers',
    proxyStatus: 'connection_terminated',
    retrySafety: 'maybe-processed',
    status: 502,
    sentence: 'The model API gave up on the request before it answered. Try again.',
  },
  'headers-timeout': {
    phase: 'headers',
    proxyStatus: 'http_response_timeout',
    retrySafety: 'maybe-processed',
    status: 504,
    sentence:
      'The model API did not begin to answer in time. Try again; a shorter prompt or a streaming request answers sooner.',
  },
  'bad-response': {
    phase: 'headers',
    proxyStatus: 'http_protocol_error',
    retrySafety: 'processed',
    status: 502,
    sentence: "The model API sent an answer that is not valid HTTP. Check the gateway's upstream URL, then try again.",
    clientSentence: "The model API sent an answer that is not valid HTTP. Check the API's URL, then try again.",
  },
  overloaded: {
    phase: 'headers',
    proxyStatus: 'connection_limit_reached',
    retrySafety: 'maybe-processed',
    status: 503,
    sentence: 'The model API has more requests than it can take. Wait a moment, then try again.',
  },
  'pool-full': {
    phase: 'connect',
    proxyStatus: 'connection_limit_reached',
    retrySafety: 'never-sent',
    status: 503,
    sentence: 'The gateway has no free connection to the model API. Wait a moment, then try again.',
    clientSentence: 'There is no free connection to the model API. Wait a moment, then try again.',
  },
  'breaker-open': {
    phase: 'connect',
    proxyStatus: 'destination_unavailable',
    retrySafety: 'never-sent',
    status: 503,
    sentence: 'The model API kept failing, so the gateway is giving it a short rest. Wait a moment, then try again.',
    clientSentence: 'The model API kept failing, so it is given a short rest. Wait a moment, then try again.',
  },
  'body-reset': {
    phase: 'body',
    proxyStatus: 'http_response_incomplete',
    retrySafety: 'processed',
    status: 502,
    sentence: 'The connection to the model API was lost before the response was complete. Try again.',
  },
  'body-truncated': {
    phase: 'body',
    proxyStatus: 'http_response_incomplete',
    retrySafety: 'processed',
    status: 502,
    sentence: 'The model API stopped before the response was complete. Try again.',
  },
  'body-timeout': {
    phase: 'body',
    proxyStatus: 'connection_read_timeout',
    retrySafety: 'processed',
    status: 504,
    sentence: 'The model API fell silent before the response was complete. Try again.',
  },
  'progress-timeout': {
    phase: 'body',
    proxyStatus: 'connection_read_timeout',
    retrySafety: 'processed',
    status: 504,
    sentence: 'The model API held the connection open but sent no more of the response. Try again.',
  },
  decode: {
    phase: 'body',
    proxyStatus: 'http_response_content_coding',
    retrySafety: 'processed',
    status: 502,
    sentence: 'The model API sent a compressed response that could not be unpacked. Try again.',
  },
  'bad-framing': {
    phase: 'body',
    proxyStatus: 'http_protocol_error',
    retrySafety: 'processed',
    status: 502,
    sentence: 'The model API sent a response that could not be read to its end. Try again.',
  },
  internal: {
    phase: 'headers',
    proxyStatus: 'proxy_internal_error',
    retrySafety: 'maybe-processed',
    status: 500,
    sentence: "The gateway failed to handle this request. Try again; the cause is in the gateway's log.",
    clientSentence: "The request could not be carried out. The error's cause says why.",
  },
  'client-gone': {
    phase: 'body',
    proxyStatus: 'none',
    retrySafety: 'not-a-retry-case',
    status: 499,
    sentence: 'The client left before the response was complete.',
  },
  'aborted-by-us': {
    phase: 'body',
    proxyStatus: 'none',
    retrySafety: 'not-a-retry-case',
    status: 503,
    sentence: 'The gateway had to end this response before it was complete, because it is shutting down. Try again.',
    clientSentence: 'The response was ended before it was complete, because connections are being closed. Try again.',
  },
}
