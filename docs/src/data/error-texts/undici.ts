import { CONNECTION_GONE, type ErrorText } from '../error-text.ts'

/** undici `request`; its `fetch` raises the same, one level deeper. */
export const UNDICI: readonly ErrorText[] = [
  {
    id: 'U1',
    raised: 'Error `ECONNREFUSED` "connect ECONNREFUSED ADDR"',
    before: 'refused',
    page: 'unable-to-connect',
  },
  {
    id: 'U2',
    raised:
      'ConnectTimeoutError `UND_ERR_CONNECT_TIMEOUT` "Connect Timeout Error (attempted address: ADDR, timeout: 1000ms)"',
    before: 'connect-timeout',
    page: 'unable-to-connect',
  },
  {
    id: 'U3',
    raised: 'SocketError `UND_ERR_SOCKET` "other side closed"',
    before: 'closed-before-headers',
    body: 'body-reset',
    otherwise: CONNECTION_GONE,
    page: 'other-side-closed',
  },
  { id: 'U4', raised: 'Error `ECONNRESET` "connect ECONNRESET ADDR"', before: 'refused', page: 'econnreset' },
  {
    id: 'U5',
    raised: 'Error `ECONNRESET` "read ECONNRESET"',
    before: 'closed-before-headers',
    body: 'body-reset',
    otherwise: CONNECTION_GONE,
    page: 'econnreset',
  },
  {
    id: 'U6',
    raised: 'HTTPParserError "Response does not match the HTTP/1.1 protocol (Invalid HTTP version)"',
    before: 'bad-response',
  },
  {
    id: 'U7',
    raised: 'HTTPParserError "Response does not match the HTTP/1.1 protocol (Expected HTTP/, RTSP/ or ICE/)"',
    before: 'bad-response',
  },
  {
    id: 'U8',
    raised: 'HeadersOverflowError `UND_ERR_HEADERS_OVERFLOW` "Headers Overflow Error"',
    before: 'bad-response',
  },
  {
    id: 'U9',
    raised: 'HTTPParserError "Response does not match the HTTP/1.1 protocol (Invalid header value char)"',
    before: 'bad-response',
  },
  {
    id: 'U10',
    raised:
      'ResponseContentLengthMismatchError `UND_ERR_RES_CONTENT_LENGTH_MISMATCH` "Response body length does not match content-length header"',
    before: 'bad-response',
  },
  {
    id: 'U11',
    raised: 'HeadersTimeoutError `UND_ERR_HEADERS_TIMEOUT` "Headers Timeout Error"',
    before: 'headers-timeout',
    page: 'headers-timeout-error',
  },
  {
    id: 'U12',
    raised: 'BodyTimeoutError `UND_ERR_BODY_TIMEOUT` "Body Timeout Error"',
    body: 'body-timeout',
    page: 'body-timeout-error',
  },
  {
    id: 'U13',
    raised: 'HTTPParserError "Response does not match the HTTP/1.1 protocol (Invalid character in chunk size)"',
    body: 'bad-framing',
  },
  { id: 'U14', raised: 'SocketError `UND_ERR_SOCKET` "bad upgrade"', before: 'bad-response' },
  { id: 'U15', raised: 'SocketError `UND_ERR_SOCKET` "bad response"', before: 'bad-response' },
  {
    id: 'U16',
    raised:
      'Error `DEPTH_ZERO_SELF_SIGNED_CERT` "self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca"',
    before: 'tls-trust',
  },
  {
    id: 'U17',
    raised:
      'Error `ERR_TLS_CERT_ALTNAME_INVALID` "Hostname/IP does not match certificate\'s altnames: IP: 127.0.0.1 is not in the cert\'s list: "',
    before: 'tls-trust',
  },
  { id: 'U18', raised: 'Error `CERT_HAS_EXPIRED` "certificate has expired"', before: 'tls-trust' },
  {
    id: 'U19',
    raised: 'Error `ECONNRESET` "Client network socket disconnected before secure TLS connection was established"',
    before: 'tls-handshake',
    page: 'econnreset',
  },
  {
    id: 'U20',
    raised:
      'Error `ERR_SSL_WRONG_VERSION_NUMBER` "xxxx:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:..."',
    before: 'tls-handshake',
  },
  {
    id: 'U21',
    raised: 'Error `ENOTFOUND` "getaddrinfo ENOTFOUND no-such-host.invalid"',
    before: 'dns',
    page: 'unable-to-connect',
  },
  {
    id: 'U22',
    raised: 'Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_REFUSED_STREAM"',
    before: 'refused-stream',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U23',
    raised: 'InformationalError `UND_ERR_INFO` "HTTP/2: stream closed before the response was complete"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U24',
    raised: 'Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_INTERNAL_ERROR"',
    before: 'h2-reset',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U25',
    raised: 'Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_ENHANCE_YOUR_CALM"',
    before: 'overloaded',
    body: 'overloaded',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U26',
    raised: 'InformationalError `UND_ERR_INFO` "HTTP/2: stream half-closed (remote)"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U27',
    raised: 'Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_PROTOCOL_ERROR"',
    before: 'h2-reset',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U28',
    raised: 'InformationalError `UND_ERR_INFO` "HTTP/2: "GOAWAY" frame received with code 0"',
    before: 'h2-reset',
    otherwise: ['refused-stream'],
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U29',
    raised: 'SocketError `UND_ERR_SOCKET` "HTTP/2: "GOAWAY" frame received with code 11"',
    before: 'overloaded',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U30',
    raised: 'Error `ERR_HTTP2_SESSION_ERROR` "Session closed with error code 2"',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U31',
    raised: 'BodyTimeoutError `UND_ERR_BODY_TIMEOUT` "HTTP/2: "stream timeout after 1000""',
    body: 'body-timeout',
    page: 'body-timeout-error',
  },
  {
    id: 'U32',
    raised: 'NghttpError `ERR_HTTP2_ERROR` "Protocol error"',
    body: 'bad-framing',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'U33',
    raised: 'AbortError `UND_ERR_ABORTED` "Proxy response (407) !== 200 when HTTP Tunneling"',
    before: 'refused',
    note: 'The HTTP proxy on the way refused the tunnel. 407: it wants other credentials.',
  },
  {
    id: 'U34',
    raised: 'AbortError `UND_ERR_ABORTED` "Proxy response (502) !== 200 when HTTP Tunneling"',
    before: 'unreachable',
    note: 'The HTTP proxy on the way could not reach the API.',
  },
  {
    id: 'U35',
    raised: 'ClientDestroyedError `UND_ERR_DESTROYED` "The client is destroyed"',
    before: 'aborted-by-us',
    body: 'aborted-by-us',
    readIn: 'undici 8.12.4, lib/core/errors.js',
  },
  {
    id: 'U36',
    raised: 'ClientClosedError `UND_ERR_CLOSED` "The client is closed"',
    before: 'aborted-by-us',
    readIn: 'undici 8.12.4, lib/core/errors.js',
  },
  {
    id: 'U37',
    raised: 'InformationalError `UND_ERR_INFO` "HTTP/2: connection unresponsive"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
    readIn: 'undici 8.12.4, lib/dispatcher/client-h2.js',
  },
  {
    id: 'U38',
    raised: 'Error "HTTP/2: "stream timeout after 1000""',
    before: 'headers-timeout',
    page: 'headers-timeout-error',
    readIn: 'undici 8.12.4, lib/dispatcher/client-h2.js',
  },
]
