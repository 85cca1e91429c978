import { CONNECTION_GONE, type ErrorText } from '../error-text.ts'

/** Bun's `fetch`. */
export const BUN: readonly ErrorText[] = [
  {
    id: 'B1',
    raised: 'TypeError `ECONNREFUSED` "ECONNREFUSED: Unable to connect. Is the computer able to access the url?"',
    before: 'refused',
    page: 'unable-to-connect',
  },
  {
    id: 'B2',
    raised:
      'TypeError `ECONNRESET` "ECONNRESET: The socket connection was closed unexpectedly. For more information, pass `verbose: true` in the second argument to fetch()"',
    before: 'closed-before-headers',
    body: 'body-reset',
    otherwise: CONNECTION_GONE,
    page: 'socket-connection-closed-unexpectedly',
  },
  {
    id: 'B3',
    raised:
      'TypeError `Malformed_HTTP_Response` "Malformed_HTTP_Response fetching "http://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    before: 'bad-response',
  },
  {
    id: 'B4',
    raised:
      'TypeError `InvalidContentLength` "InvalidContentLength fetching "http://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    before: 'bad-response',
  },
  {
    id: 'B5',
    raised:
      'TypeError `InvalidHTTPResponse` "InvalidHTTPResponse fetching "http://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    body: 'bad-framing',
  },
  {
    id: 'B6',
    raised:
      'TypeError `ZlibError` "ZlibError fetching "http://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    body: 'decode',
  },
  {
    id: 'B7',
    raised:
      'TypeError `UnrequestedUpgrade` "UnrequestedUpgrade fetching "http://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    before: 'bad-response',
  },
  { id: 'B8', raised: 'TypeError `DEPTH_ZERO_SELF_SIGNED_CERT` "self signed certificate"', before: 'tls-trust' },
  {
    id: 'B9',
    raised:
      'TypeError `ERR_TLS_CERT_ALTNAME_INVALID` "ERR_TLS_CERT_ALTNAME_INVALID fetching "https://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    before: 'tls-trust',
  },
  { id: 'B10', raised: 'TypeError `CERT_HAS_EXPIRED` "certificate has expired"', before: 'tls-trust' },
  {
    id: 'B11',
    raised: 'TypeError `EPROTO` "EPROTO: The TLS handshake failed. Does the server speak TLS on this port?"',
    before: 'tls-handshake',
  },
  {
    id: 'B12',
    raised: 'TypeError `ENOTFOUND` "getaddrinfo ENOTFOUND no-such-host.invalid"',
    before: 'dns',
    page: 'unable-to-connect',
  },
  {
    id: 'B13',
    raised:
      'TypeError `HTTP2RefusedStream` "HTTP2RefusedStream fetching "https://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    before: 'refused-stream',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'B14',
    raised:
      'TypeError `HTTP2StreamReset` "HTTP2StreamReset fetching "https://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    before: 'h2-reset',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'B15',
    raised:
      'TypeError `HTTP2GoAway` "HTTP2GoAway fetching "https://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    before: 'h2-reset',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'B16',
    raised:
      'TypeError `HTTP2ProtocolError` "HTTP2ProtocolError fetching "https://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    before: 'bad-response',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'B17',
    raised: 'TypeError `ENETUNREACH` "ENETUNREACH: Was there a typo in the url or port?"',
    before: 'unreachable',
    page: 'unable-to-connect',
  },
  {
    id: 'B18',
    raised: 'TimeoutError "The operation timed out."',
    before: 'headers-timeout',
    body: 'body-timeout',
    note: "Bun's own limit: 360 s without a head, or between two pieces of a body.",
  },
  {
    id: 'B19',
    raised:
      'TypeError `BrotliDecompressionError` "BrotliDecompressionError fetching "http://ADDR/x". For more information, pass `verbose: true` in the second argument to fetch()"',
    body: 'decode',
    readIn: 'Bun',
  },
]
