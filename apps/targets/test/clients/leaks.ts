/** Texts of the runtimes, and addresses: none of it may be in anything that an adapter writes. Source: failure signatures §3. */
const RUNTIME_TEXTS: readonly RegExp[] = [
  /\bE(CONN(RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NETDOWN|AI_AGAIN|NOTFOUND|PROTO|ADDRNOTAVAIL|MFILE)\b/i,
  /\b(UND_ERR_|HPE_|ERR_HTTP2_|ERR_HTTP_|ERR_STREAM_|ERR_SSL_|ERR_TLS_|ERR_NETWORK|ERR_INVALID_|ABORT_ERR)[A-Z_0-9]*/i,
  /socket hang up|other side closed|socket idle timeout|\bfetch failed\b|\bterminated\b|\baborted\b|premature close/i,
  /The socket connection was closed unexpectedly|pass `?verbose: true`?|second argument to fetch|Unable to connect\. Is the computer able|Was there a typo in the url|The operation (timed out|was aborted)/i,
  /error sending request|client error \((Connect|SendRequest)\)|connection closed before message completed|error reading a body from connection|\(os error \d+\)|connection refused/i,
  /Network connection lost|internal error; reference = |unexpected end of file/i,
  /Response does not match the HTTP\/1\.1 protocol|Parse Error|(Headers|Body|Connect) Timeout Error|\b(read|write|connect) E[A-Z]{3,}/i,
  /\b\d{1,3}(\.\d{1,3}){3}:\d{2,5}\b|\blocalhost:\d{2,5}\b|node:internal|\bundici\b|\bhyper\b|at \w+ \(.*:\d+:\d+\)/i,
]

/** What of a text must not be there. */
export function leaksIn(text: string): string[] {
  return RUNTIME_TEXTS.flatMap((pattern) => pattern.exec(text)?.[0] ?? [])
}
