import type { Dialect } from '../dialect.ts'
import { close, heartbeat } from './closing.ts'
import { errorResponse } from './error-shape.ts'
import { AnthropicScanner } from './scan.ts'

/** Anthropic Messages: `POST …/v1/messages`, named events from `message_start` to `message_stop`. */
export const anthropicMessages: Dialect = {
  id: 'anthropic-messages',
  hasTerminalEvent: true,
  matches: (method, path) => method === 'POST' && path.endsWith('/v1/messages'),
  credentialHeaders: (credential) => ['x-api-key', credential],
  createScanner: () => new AnthropicScanner(),
  close,
  heartbeat,
  errorResponse,
}
