import type { Dialect } from '../dialect.ts'
import { close } from './closing.ts'
import { errorResponse } from './error-shape.ts'
import { OpaqueScanner } from './scan.ts'

/** Everything that no other dialect claims: bytes and events pass, nothing is invented. */
export const opaque: Dialect = {
  id: 'opaque',
  hasTerminalEvent: false,
  matches: () => true,
  credentialHeaders: (credential) => ['authorization', `Bearer ${credential}`],
  createScanner: () => new OpaqueScanner(),
  close,
  heartbeat: () => undefined,
  errorResponse,
}
