import type { Dialect } from '../dialect.ts'
import { wordOf, readUpstreamError, toErrorData } from '../upstream-error.ts'
import { close } from './closing.ts'
import { errorResponse } from './error-shape.ts'
import { OpaqueScanner } from './scan.ts'

/** Everything that no other dialect claims: bytes and events pass, nothing is invented. */
export const opaque: Dialect = {
  id: 'opaque',
  completeWith: 'clean-end',
  matches: () => true,
  recognizes: () => false,
  asksForStream: (_target, { stream }) => stream === true,
  framingOf: (mediaType) => (mediaType === 'text/event-stream' ? 'event-stream' : undefined),
  credentialHeaders: (credential) => ['authorization', `Bearer ${credential}`],
  isReplayable: () => false,
  createScanner: () => new OpaqueScanner(),
  // There is no form to say it in, so nothing is left to say: the body is incomplete.
  failedState({ data }) {
    const { type, code } = readUpstreamError(data) ?? {}
    return { phase: 'failed', errorType: wordOf(type, code), error: toErrorData(data) }
  },
  close,
  heartbeat: () => undefined,
  errorResponse,
}
