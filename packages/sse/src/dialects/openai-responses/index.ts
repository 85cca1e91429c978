import type { Dialect } from '../dialect.ts'
import { close, heartbeat } from './closing.ts'
import { errorResponse } from './error-shape.ts'
import { ResponsesScanner, type ResponsesState } from './scan.ts'

/**
 * OpenAI Responses: `POST …/responses` and its resumption by `GET …/responses/{id}`, named events with sequence numbers from
 * `response.created` to `response.completed`, `.incomplete` or `.failed`.
 */
export const openaiResponses: Dialect<ResponsesState> = {
  id: 'openai-responses',
  completeWith: 'terminal-event',
  matches: (_method, target) => /\/responses(?:[/?]|$)/.test(target),
  recognizes: ({ name, data }) => name === 'response.created' || data.startsWith('{"type":"response.created"'),
  framingOf: (mediaType) => (mediaType === 'text/event-stream' ? 'event-stream' : undefined),
  credentialHeaders: (credential) => ['authorization', `Bearer ${credential}`],
  createScanner: (_request, _framing, policy) => new ResponsesScanner(policy),
  close,
  heartbeat,
  errorResponse,
}
