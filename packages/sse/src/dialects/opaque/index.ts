import type { Dialect } from '../dialect.ts'
import { close } from './closing.ts'
import { errorResponse } from './error-shape.ts'
import { OpaqueScanner } from './scan.ts'

/** Everything that no other dialect claims: bytes and events pass, nothing is invented. */
export const opaque: Dialect = {
  id: 'opaque',
  completeWith: 'clean-end',
  matches: () => true,
  recognizes: () => false,
  framingOf: (mediaType) => (mediaType === 'text/event-stream' ? 'event-stream' : undefined),
  credentialHeaders: (credential) => ['authorization', `Bearer ${credential}`],
  createScanner: () => new OpaqueScanner(),
  close,
  heartbeat: () => undefined,
  errorResponse,
}
