import { ABORTED, CONNECTION_GONE, type ErrorText } from '../error-text.ts'

/** `node:http` and `node:https`. */
export const NODE_HTTP: readonly ErrorText[] = [
  {
    id: 'H1',
    raised: 'Error `ECONNREFUSED` "connect ECONNREFUSED ADDR"',
    before: 'refused',
    page: 'unable-to-connect',
  },
  {
    id: 'H2',
    raised: 'Error `ECONNRESET` "socket hang up"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'socket-hang-up',
  },
  {
    id: 'H3',
    raised: 'Error `ECONNRESET` "read ECONNRESET"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'econnreset',
  },
  { id: 'H4', raised: 'Error `HPE_INVALID_VERSION` "Parse Error: Invalid HTTP version"', before: 'bad-response' },
  {
    id: 'H5',
    raised: 'Error `HPE_INVALID_CONSTANT` "Parse Error: Expected HTTP/, RTSP/ or ICE/"',
    before: 'bad-response',
  },
  { id: 'H6', raised: 'Error `HPE_HEADER_OVERFLOW` "Parse Error: Header overflow"', before: 'bad-response' },
  {
    id: 'H7',
    raised: 'Error `HPE_INVALID_HEADER_TOKEN` "Parse Error: Invalid header value char"',
    before: 'bad-response',
  },
  {
    id: 'H8',
    raised:
      'Error `HPE_INVALID_TRANSFER_ENCODING` "Parse Error: Transfer-Encoding can\'t be present with Content-Length"',
    before: 'bad-response',
  },
  {
    id: 'H9',
    raised: 'Error `HPE_UNEXPECTED_CONTENT_LENGTH` "Parse Error: Duplicate Content-Length"',
    before: 'bad-response',
  },
  { id: 'H10', raised: 'Error `ECONNRESET` "aborted"', body: 'body-reset', page: 'econnreset' },
  {
    id: 'H11',
    raised:
      'Error `DEPTH_ZERO_SELF_SIGNED_CERT` "self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca"',
    before: 'tls-trust',
  },
  {
    id: 'H12',
    raised:
      'Error `ERR_TLS_CERT_ALTNAME_INVALID` "Hostname/IP does not match certificate\'s altnames: IP: 127.0.0.1 is not in the cert\'s list: "',
    before: 'tls-trust',
  },
  { id: 'H13', raised: 'Error `CERT_HAS_EXPIRED` "certificate has expired"', before: 'tls-trust' },
  {
    id: 'H14',
    raised: 'Error `ECONNRESET` "Client network socket disconnected before secure TLS connection was established"',
    before: 'tls-handshake',
    page: 'econnreset',
  },
  {
    id: 'H15',
    raised:
      'Error `EPROTO` "write EPROTO xxxx:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:..."',
    before: 'tls-handshake',
  },
  {
    id: 'H16',
    raised: 'Error `ENOTFOUND` "getaddrinfo ENOTFOUND no-such-host.invalid"',
    before: 'dns',
    page: 'unable-to-connect',
  },
  {
    id: 'H17',
    raised: 'AbortError `ABORT_ERR` "The operation was aborted"',
    textDoesNotTell: true,
    before: 'closed-before-headers',
    body: 'body-reset',
    otherwise: ABORTED,
  },
]

/** `node:http2`. */
export const NODE_HTTP2: readonly ErrorText[] = [
  {
    id: 'N1',
    raised: 'Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_REFUSED_STREAM"',
    before: 'refused-stream',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'N2',
    raised: 'Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_INTERNAL_ERROR"',
    before: 'h2-reset',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'N3',
    raised: 'Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_ENHANCE_YOUR_CALM"',
    before: 'overloaded',
    body: 'overloaded',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'N4',
    raised: 'Error `ERR_HTTP2_STREAM_ERROR` "Stream closed with error code NGHTTP2_PROTOCOL_ERROR"',
    before: 'h2-reset',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'N5',
    raised: 'Error `ERR_HTTP2_SESSION_ERROR` "Session closed with error code 11"',
    before: 'overloaded',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'N6',
    raised: 'Error `ERR_HTTP2_SESSION_ERROR` "Session closed with error code 2"',
    body: 'body-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'N7',
    raised: 'NghttpError `ERR_HTTP2_ERROR` "Protocol error"',
    body: 'bad-framing',
    page: 'stream-closed-with-error-code',
  },
]
