import type { Dialect } from '../dialect.ts'
import { parseChunk } from './chunk.ts'
import { close, heartbeat } from './closing.ts'
import { errorResponse } from './error-shape.ts'
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
  framingOf: (mediaType) => (mediaType === 'text/event-stream' ? 'event-stream' : undefined),
  credentialHeaders: (credential) => ['authorization', `Bearer ${credential}`],
  createScanner: ({ choiceCount }) => new ChatScanner(choiceCount),
  close,
  heartbeat,
  errorResponse,
}

/** Some vendors leave `object` out. The older completions API has `choices` too, but they hold other fields. */
function isChatChunk(data: string): boolean {
  const { object, choices } = parseChunk(data) ?? {}
  return object === 'chat.completion.chunk' || (Array.isArray(choices) && object !== 'text_completion')
}
