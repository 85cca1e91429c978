import { ABORTED, CONNECTION_GONE, type ErrorText } from '../error-text.ts'

/** Node's global `fetch`; over HTTP/2 that of Node 26. */
export const NODE_FETCH: readonly ErrorText[] = [
  {
    id: 'F1',
    raised: 'TypeError "fetch failed" ← Error `ECONNREFUSED` "connect ECONNREFUSED ADDR"',
    before: 'refused',
    page: 'unable-to-connect',
  },
  {
    id: 'F2',
    raised: 'TypeError "fetch failed" ← SocketError `UND_ERR_SOCKET` "other side closed"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'other-side-closed',
  },
  {
    id: 'F3',
    raised: 'TypeError "fetch failed" ← Error `ECONNRESET` "connect ECONNRESET ADDR"',
    before: 'refused',
    page: 'econnreset',
  },
  {
    id: 'F4',
    raised: 'TypeError "fetch failed" ← Error `ECONNRESET` "read ECONNRESET"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'econnreset',
  },
  {
    id: 'F5',
    raised:
      'TypeError "fetch failed" ← HTTPParserError "Response does not match the HTTP/1.1 protocol (Invalid HTTP version)"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'F6',
    raised:
      'TypeError "fetch failed" ← HTTPParserError "Response does not match the HTTP/1.1 protocol (Expected HTTP/, RTSP/ or ICE/)"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'F7',
    raised: 'TypeError "fetch failed" ← HeadersOverflowError `UND_ERR_HEADERS_OVERFLOW` "Headers Overflow Error"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'F8',
    raised:
      'TypeError "fetch failed" ← HTTPParserError "Response does not match the HTTP/1.1 protocol (Invalid header value char)"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'F9',
    raised:
      'TypeError "fetch failed" ← ResponseContentLengthMismatchError `UND_ERR_RES_CONTENT_LENGTH_MISMATCH` "Response body length does not match content-length header"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'F10',
    raised: 'TypeError "terminated" ← Error `ECONNRESET` "read ECONNRESET"',
    body: 'body-reset',
    page: 'terminated',
  },
  {
    id: 'F11',
    raised: 'TypeError "terminated" ← SocketError `UND_ERR_SOCKET` "other side closed"',
    body: 'body-reset',
    page: 'terminated',
  },
  {
    id: 'F12',
    raised:
      'TypeError "terminated" ← HTTPParserError "Response does not match the HTTP/1.1 protocol (Invalid character in chunk size)"',
    body: 'bad-framing',
    page: 'terminated',
  },
  {
    id: 'F13',
    raised: 'TypeError "terminated" ← Error `Z_DATA_ERROR` "invalid code lengths set"',
    body: 'decode',
    page: 'terminated',
  },
  {
    id: 'F14',
    raised: 'TypeError "terminated" ← Error `Z_DATA_ERROR` "incorrect header check"',
    body: 'decode',
    page: 'terminated',
  },
  {
    id: 'F15',
    raised: 'TypeError "fetch failed" ← SocketError `UND_ERR_SOCKET` "bad upgrade"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'F16',
    raised: 'TypeError "fetch failed" ← SocketError `UND_ERR_SOCKET` "bad response"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'F17',
    raised:
      'TypeError "fetch failed" ← Error `DEPTH_ZERO_SELF_SIGNED_CERT` "self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca"',
    before: 'tls-trust',
    page: 'fetch-failed',
  },
  {
    id: 'F18',
    raised:
      'TypeError "fetch failed" ← Error `ERR_TLS_CERT_ALTNAME_INVALID` "Hostname/IP does not match certificate\'s altnames: IP: 127.0.0.1 is not in the cert\'s list: "',
    before: 'tls-trust',
    page: 'fetch-failed',
  },
  {
    id: 'F19',
    raised: 'TypeError "fetch failed" ← Error `CERT_HAS_EXPIRED` "certificate has expired"',
    before: 'tls-trust',
    page: 'fetch-failed',
  },
  {
    id: 'F20',
    raised:
      'TypeError "fetch failed" ← Error `ECONNRESET` "Client network socket disconnected before secure TLS connection was established"',
    before: 'tls-handshake',
    page: 'econnreset',
  },
  {
    id: 'F21',
    raised:
      'TypeError "fetch failed" ← Error `ERR_SSL_WRONG_VERSION_NUMBER` "xxxx:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:..."',
    before: 'tls-handshake',
    page: 'fetch-failed',
  },
  {
    id: 'F22',
    raised:
      'TypeError "fetch failed" ← Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_REFUSED_STREAM"',
    before: 'refused-stream',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F23',
    raised:
      'TypeError "terminated" ← Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_REFUSED_STREAM"',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F24',
    raised:
      'TypeError "fetch failed" ← InformationalError `UND_ERR_INFO` "HTTP/2: stream closed before the response was complete"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F25',
    raised:
      'TypeError "fetch failed" ← Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_INTERNAL_ERROR"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F26',
    raised:
      'TypeError "terminated" ← Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_INTERNAL_ERROR"',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F27',
    raised:
      'TypeError "fetch failed" ← Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_ENHANCE_YOUR_CALM"',
    before: 'overloaded',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F28',
    raised:
      'TypeError "terminated" ← Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_ENHANCE_YOUR_CALM"',
    body: 'overloaded',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F29',
    raised: 'TypeError "fetch failed" ← InformationalError `UND_ERR_INFO` "HTTP/2: stream half-closed (remote)"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F30',
    raised:
      'TypeError "fetch failed" ← Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_PROTOCOL_ERROR"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F31',
    raised:
      'TypeError "terminated" ← Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_PROTOCOL_ERROR"',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F32',
    raised:
      'TypeError "fetch failed" ← InformationalError `UND_ERR_INFO` "HTTP/2: "GOAWAY" frame received with code 0"',
    before: 'h2-reset',
    otherwise: ['refused-stream'],
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F33',
    raised: 'TypeError "fetch failed" ← SocketError `UND_ERR_SOCKET` "HTTP/2: "GOAWAY" frame received with code 11"',
    before: 'overloaded',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F34',
    raised: 'TypeError "terminated" ← Error `ERR_HTTP2_SESSION_ERROR` "Session closed with error code 2"',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F35',
    raised: 'TypeError "terminated" ← NghttpError `ERR_HTTP2_ERROR` "Protocol error"',
    body: 'bad-framing',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'F36',
    raised: 'TypeError "fetch failed" ← Error `ENOTFOUND` "getaddrinfo ENOTFOUND no-such-host.invalid"',
    before: 'dns',
    page: 'unable-to-connect',
  },
  {
    id: 'F37',
    raised: 'TypeError "fetch failed" ← Error `ENETUNREACH` "connect ENETUNREACH ADDR - Local (0.0.0.0:0)"',
    before: 'unreachable',
    page: 'unable-to-connect',
  },
  {
    id: 'F38',
    raised: 'TypeError "fetch failed" ← Error `EAI_AGAIN` "getaddrinfo EAI_AGAIN no-such-host.invalid"',
    before: 'dns',
    page: 'unable-to-connect',
  },
  {
    id: 'F39',
    raised: 'TypeError "fetch failed" ← Error `EMFILE` "connect EMFILE ADDR - Local (undefined:undefined)"',
    before: 'pool-full',
    note: 'The process has no file descriptor left. Raise `ulimit -n`, and look for responses that nobody reads to their end.',
  },
  {
    id: 'F40',
    raised: 'TypeError "fetch failed" ← Error "bad port"',
    textDoesNotTell: true,
    before: 'closed-before-headers',
    note: 'Nothing was sent: `fetch` refuses this port number, by a list in its standard. Use another port.',
  },
  {
    id: 'F41',
    raised: 'TypeError "fetch failed" ← InvalidArgumentError `UND_ERR_INVALID_ARG` "invalid onRequestStart method"',
    before: 'internal',
    note: 'An `Agent` of undici 8 was given as `dispatcher` to the built-in `fetch` of Node 22 or 24. Use the `fetch` of the same undici, or `setGlobalDispatcher()`.',
  },
  {
    id: 'F42',
    raised: 'AbortError "This operation was aborted"',
    textDoesNotTell: true,
    before: 'closed-before-headers',
    body: 'body-reset',
    otherwise: ABORTED,
  },
]
