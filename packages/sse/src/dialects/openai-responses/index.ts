import type { Dialect } from '../dialect.ts'
import { wordOf, toFailure } from '../upstream-error.ts'
import { close, heartbeat } from './closing.ts'
import { answeredError, errorResponse } from './error-shape.ts'
import { ResponseStream } from './response-stream.ts'
import { ResponsesScanner, type ResponsesState } from './scan.ts'

const RESUMED_STREAM = /[?&]stream=true(?:&|$)/

/**
 * OpenAI Responses: `POST …/responses` and its resumption by `GET …/responses/{id}`, named events with sequence numbers from
 * `response.created` to `response.completed`, `.incomplete` or `.failed`.
 */
export const openaiResponses: Dialect<ResponsesState> = {
  id: 'openai-responses',
  completeWith: 'terminal-event',
  matches: (_method, target) => /\/responses(?:[/?]|$)/.test(target),
  recognizes: ({ name, data }) => name === 'response.created' || data.startsWith('{"type":"response.created"'),
  // A stream that is resumed by GET has no body to say so.
  asksForStream: (target, { stream }) => stream === true || RESUMED_STREAM.test(target),
  framingOf: (mediaType) => (mediaType === 'text/event-stream' ? 'event-stream' : undefined),
  credentialHeaders: (credential) => ['authorization', `Bearer ${credential}`],
  // A response that is stored, which is the default, would be stored twice.
  isReplayable: ({ prompt, store, isStateful, usesServerTools }) =>
    prompt === 'input' && store === false && isStateful !== true && usesServerTools !== true,
  createScanner: (_request, _framing, policy) => new ResponsesScanner(policy),
  failedState(answer) {
    const { error } = answeredError(answer)
    const failure = toFailure(answer.data, { error }, wordOf(error['code'], error['type']))
    return { ...failure, stream: new ResponseStream() }
  },
  close,
  heartbeat,
  errorResponse,
}
