import { LOST_CODES, readError } from './error-chain.ts'
import { linksOf } from './error-links.ts'

/** As `LOST_CODES`, where there are no codes. Source: measured. Browsers have one text for everything, so theirs is not here. */
const LOST_TEXTS: readonly RegExp[] = [
  /^Network connection lost/, // workerd
  // Deno
  /^error sending request .*\): client error \(SendRequest\): /,
  /^(?:Connection reset by peer|Broken pipe) \(os error /,
  /^peer closed connection without sending TLS close_notify/,
]

/** A URL may be as long as it likes; the stage that is looked for comes behind it. */
const MAX_LOOK = 8_192

/**
 * Whether nothing in an error of a `fetch` says what happened: no code, class or text that any runtime is known to use. It may
 * be a bug of the caller's, a rule of a browser, or a `fetch` of somebody's own that failed for a reason of its own.
 */
export function isUnknownError(error: unknown): boolean {
  if (readError(error).kind !== undefined) return false
  for (const { code = '', text = '' } of linksOf(error)) {
    if (LOST_CODES.has(code) || LOST_TEXTS.some((pattern) => pattern.test(text.slice(0, MAX_LOOK)))) return false
  }
  return true
}
