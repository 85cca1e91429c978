import type { Closing, ClosingContext, StreamState } from '../dialect.ts'

/**
 * An error invented in an unknown event stream could mean anything to its client, and a clean end would pass half an
 * answer off as a whole one. So nothing is added, and the HTTP framing says that the body is incomplete.
 */
export function close({ phase }: StreamState, { fault }: ClosingContext): Closing {
  const isWhole = fault === undefined && phase !== 'failed'
  return { ending: isWhole ? 'completed' : 'incomplete', bytes: new Uint8Array(0) }
}
