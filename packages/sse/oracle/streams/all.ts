import { ANTHROPIC_STREAMS } from './anthropic-messages.ts'
import { GEMINI_STREAMS } from './gemini.ts'
import { OPENAI_CHAT_STREAMS } from './openai-chat.ts'
import { OPENAI_RESPONSES_STREAMS } from './openai-responses.ts'
import type { CanonicalStream, DialectId } from './stream.ts'

/** The canonical streams of each dialect. */
export const CANONICAL_STREAMS: Readonly<Record<DialectId, readonly CanonicalStream[]>> = {
  'anthropic-messages': ANTHROPIC_STREAMS,
  'openai-chat': OPENAI_CHAT_STREAMS,
  'openai-responses': OPENAI_RESPONSES_STREAMS,
  gemini: GEMINI_STREAMS,
}
