import type { Dialect } from '../dialect.ts'
import { wordOf, toFailure } from '../upstream-error.ts'
import { close, heartbeat } from './closing.ts'
import { answeredError, envelopeOf, errorResponse } from './error-shape.ts'
import { AnthropicScanner, type MessageState } from './scan.ts'

/**
 * Anthropic Messages: `POST …/v1/messages`, named events from `message_start` to `message_stop`. What is below that path
 * (token counting, batches) has the same keys and the same errors.
 */
export const anthropicMessages: Dialect<MessageState> = {
  id: 'anthropic-messages',
  completeWith: 'terminal-event',
  matches: (_method, target) => /\/v1\/messages(?:[/?]|$)/.test(target),
  recognizes: ({ name }) => name === 'message_start',
  asksForStream: (_target, { stream }) => stream === true,
  framingOf: (mediaType) => (mediaType === 'text/event-stream' ? 'event-stream' : undefined),
  credentialHeaders: (credential) => ['x-api-key', credential],
  isReplayable: ({ prompt, isStateful, usesServerTools }) =>
    prompt === 'messages' && isStateful !== true && usesServerTools !== true,
  createScanner: (_request, _framing, policy) => new AnthropicScanner(policy),
  failedState(answer) {
    const { error } = answeredError(answer)
    const failure = toFailure(answer.data, envelopeOf(error, answer), wordOf(error['type']))
    return { ...failure, message: new AnthropicScanner('error').state.message }
  },
  close,
  heartbeat,
  errorResponse,
}
