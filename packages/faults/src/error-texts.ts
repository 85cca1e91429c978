import type { FaultKind } from './fault-kinds.ts'

/**
 * What the runtimes' texts mean, where no code and no class says it: Deno has no codes at all, workerd nearly none. Each
 * pattern is anchored, so that nothing a peer or a URL puts further back is taken for it, and looks at a fixed prefix.
 * Source: texts measured on undici 8, Node 22-26, Bun 1.4, Deno 2.9 and workerd, November 2026.
 */
const KIND_BY_TEXT: readonly (readonly [RegExp, FaultKind])[] = [
  [/^Client network socket disconnected before secure TLS connection/, 'tls-handshake'],
  [/^Proxy response \(5\d\d\) !== 200/, 'unreachable'],
  [/^Proxy response \(\d{3}\) !== 200/, 'refused'],
  [/^bad (?:upgrade|response)$/, 'bad-response'],
  [/^HTTP\/2: "GOAWAY" frame received with code 11$/, 'overloaded'],
  [/^HTTP\/2: "(?:headers timeout|stream timeout) after /, 'headers-timeout'],
  [/^HTTP\/2: "?[a-zA-Z]/, 'h2-reset'],
  [/^Response does not match the HTTP\/1\.1 protocol/, 'bad-response'],
  // Bun
  [/^BrotliDecompressionError\b/, 'decode'],
  // workerd
  [/^invalid Content-Length header value/, 'bad-response'],
  [/^(?:Gzip|Brotli) (?:compressed stream ended prematurely|decompression failed)/, 'decode'],
  // Deno, in a body
  [/^unexpected end of file$/, 'decode'],
  [/^deflate decompression error/, 'decode'],
  [/^Invalid gzip header/, 'decode'],
  // Deno, over HTTP/2
  [/^stream error received: refused stream before processing/, 'refused-stream'],
  [/^(?:stream|connection) error received: detected excessive load/, 'overloaded'],
  [/^(?:stream|connection) error received: /, 'h2-reset'],
  [/^stream closed because of a broken pipe/, 'h2-reset'],
]

/** Deno, while it made a connection, after `client error (Connect): `. */
const CONNECT_KIND_BY_TEXT: readonly (readonly [RegExp, FaultKind])[] = [
  [/^dns error/, 'dns'],
  [/^invalid peer certificate/, 'tls-trust'],
  [/^tcp connect error: (?:Network is unreachable|No route to host|Network is down)/, 'unreachable'],
  [/^tcp connect error: (?:Connection timed out|deadline has elapsed)/, 'connect-timeout'],
  [/^tcp connect error/, 'refused'],
  // What is no error of DNS, TCP or certificates while connecting is one of the handshake.
  [/^/, 'tls-handshake'],
]

/** Deno, after a connection stood, after `client error (SendRequest): `. */
const SEND_KIND_BY_TEXT: readonly (readonly [RegExp, FaultKind])[] = [
  [/^invalid (?:HTTP|content-length)/, 'bad-response'],
  [/^message head is too large/, 'bad-response'],
]

const DENO_PREFIX = 'error sending request '
const DENO_STAGE = '): client error ('
const STAGE = /^\): client error \((\w+)\): (.*)/
const MAX_REASON = 200

/**
 * The kind that a text names; it never says what was sent.
 *
 * Not even where it seems to: Deno sends a request again by itself when a reused connection dies, so that its "tcp connect
 * error: Connection refused" may be what became of the second sending, after the first was executed (measured, Deno 2.9.6).
 */
export function kindOfText(text: string): FaultKind | undefined {
  if (!text.startsWith(DENO_PREFIX)) return match(KIND_BY_TEXT, text)
  // In front of the stage is the URL. It has no spaces, so it cannot contain the words that are looked for.
  const stageAt = text.indexOf(DENO_STAGE)
  if (stageAt === -1) return undefined
  const [, stage, reason = ''] = STAGE.exec(text.slice(stageAt, stageAt + MAX_REASON)) ?? []
  if (stage === 'Connect') return match(CONNECT_KIND_BY_TEXT, reason)
  return match(SEND_KIND_BY_TEXT, reason)
}

function match(table: readonly (readonly [RegExp, FaultKind])[], text: string): FaultKind | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1]
}
