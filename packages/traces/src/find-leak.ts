/**
 * Texts that only a runtime, a library or a file system produces. Checked against all 197 error texts and codes that were collected
 * from Node, undici, Bun, Deno, workerd and hyper; friendly sentences do not match. Not for model output, which may talk about them.
 */
const LEAK_PATTERNS: readonly RegExp[] = [
  /\bE(CONN(RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NETDOWN|AI_AGAIN|NOTFOUND|PROTO|ADDRNOTAVAIL|MFILE)\b/i,
  /\b(UND_ERR_|HPE_|ERR_HTTP2_|ERR_HTTP_|ERR_STREAM_|ERR_SSL_|ERR_TLS_|ERR_NETWORK|ERR_INVALID_|NGHTTP2_|ABORT_ERR|Z_(DATA|BUF)_ERROR)[A-Z_0-9]*/i,
  /\b(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT\w*)|CERT_HAS_EXPIRED)\b/i,
  /socket hang up|other side closed|socket idle timeout|\bfetch failed\b|^terminated$|"terminated"|^aborted$|"aborted"/i,
  /The socket connection was closed unexpectedly|pass `?verbose: true`?|second argument to fetch|Unable to connect\. Is the computer able|Was there a typo in the url|The operation (timed out|was aborted)|This operation was aborted/i,
  /Malformed_HTTP_Response|InvalidHTTPResponse|InvalidContentLength|UnrequestedUpgrade|ZlibError|HTTP2(StreamReset|RefusedStream|GoAway|ProtocolError|Unsupported)|\w fetching "https?:/i,
  /error sending request|client error \((Connect|SendRequest)\)|connection closed before message completed|error reading a body from connection|\(os error \d+\)|tls handshake eof|close_notify|invalid peer certificate|stream (error|closed because)|connection error received|message head is too large|Requests to port \d+ are blocked/i,
  /Network connection lost|internal error; reference = |Gzip (compressed stream|decompression failed)|unexpected end of file|incorrect header check|invalid code lengths set|deflate decompression error|Invalid gzip header/i,
  /Response does not match the HTTP\/1\.1 protocol|Parse Error|(Headers|Body|Connect) Timeout Error|Headers Overflow Error|bad (upgrade|response|port)|Response body length does not match|HTTP\/2: ["a-z]|invalid Content-Length header value|^Network Error$|^connection reset$|Stream closed with error code|Session closed with error code|Protocol error/i,
  /getaddrinfo|\b(read|write|connect) E[A-Z]{3,}|Client network socket disconnected|SSL routines|openssl|self.signed certificate|certificate has expired|certificate's altnames|--use-system-ca|Cannot call write after a stream was destroyed|Premature close/i,
  /\b\d{1,3}(\.\d{1,3}){3}:\d{2,5}\b|\blocalhost:\d{2,5}\b|attempted address|node:internal|\bundici\b|\bhyper\b|\brustls\b|at \w+ \(.*:\d+:\d+\)/i,
  /(?:^|[\s"'(])(?:file:\/\/)?\/(?:[\w.@-]+\/)+[\w.@-]+\.(?:[cm]?[jt]s|py|go|rs|rb|java)\b/i,
]

/** The first runtime text in `text`, undefined when there is none. */
export function findLeak(text: string): string | undefined {
  for (const pattern of LEAK_PATTERNS) {
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) return found.trim()
  }
  return undefined
}
