/** Codes of the errors that are this package's own. The kinds that they mean are `@stopbit/faults`' business. */
export type PoolErrorCode =
  /** The breaker is open: nothing was tried. */
  | 'STOPBIT_BREAKER_OPEN'
  /** The proxy answered CONNECT with something other than 200, or closed the connection instead of answering. */
  | 'STOPBIT_PROXY_FAILED'
  | 'ECONNRESET'
  /** Names that other runtimes use for the same failures. undici tells these only by a text, or not at all. */
  | 'UnrequestedUpgrade'
  | 'Malformed_HTTP_Response'
  | 'HTTP2StreamReset'
  /** zlib's code for all that cannot be decoded; brotli and zstd have many of their own. */
  | 'Z_DATA_ERROR'

/** An error with a code, for the record and `classifyFault`; its text is never for a client. */
export function poolError(code: PoolErrorCode, message: string, cause?: unknown): Error & { code: PoolErrorCode } {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code })
}

/** The code of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}
