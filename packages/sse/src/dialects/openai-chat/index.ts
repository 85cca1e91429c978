import type { Dialect } from '../dialect.ts'
import { parseObject } from '../json.ts'
import { toFailure, wordOf } from '../upstream-error.ts'
import { type Chunk, hasDelta } from './chunk.ts'
import { close, heartbeat } from './closing.ts'
import { answeredError, errorResponse } from './error-shape.ts'
import { type ChatState, ChatScanner } from './scan.ts'

/**
 * OpenAI Chat Completions, and the many vendors that speak it: `POST …/chat/completions`, also below Azure's deployments.
 * Unnamed events with one chunk each, up to `data: [DONE]`.
 */
export const openaiChat: Dialect<ChatState> = {
  id: 'openai-chat',
  completeWith: 'terminal-event',
  matches: (method, target) => method === 'POST' && /\/chat\/completions\/?(?:\?|$)/.test(target),
  recognizes: ({ name, data }) => name === '' && isChatChunk(data),
  asksForStream: (_target, { stream }) => stream === true,
  framingOf: (mediaType) => (mediaType === 'text/event-stream' ? 'event-stream' : undefined),
  credentialHeaders: (credential) => ['authorization', `Bearer ${credential}`],
  isReplayable: ({ prompt, store, isStateful, usesServerTools }) =>
    prompt === 'messages' && store !== true && isStateful !== true && usesServerTools !== true,
  createScanner: ({ choiceCount }) => new ChatScanner(choiceCount),
  failedState(answer) {
    const { error } = answeredError(answer)
    const failure = toFailure(answer.data, { error }, wordOf(error['type'], error['code']))
    return { ...failure, facts: new ChatScanner(undefined).state.facts }
  },
  close,
  heartbeat,
  errorResponse,
}

/** Some vendors leave `object` out. Many other things have `choices`, the older completions API too, but no `delta` in them. */
function isChatChunk(data: string): boolean {
  const chunk: Chunk | undefined = parseObject(data)
  return chunk !== undefined && (chunk.object === 'chat.completion.chunk' || hasDelta(chunk))
}
