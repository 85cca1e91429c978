import { AI_SDK_DECODERS } from './ai-sdk.ts'
import { ANTHROPIC_SDK_DECODERS } from './anthropic-sdk.ts'
import type { Decoder } from './decoder.ts'
import { GOOGLE_GENAI_DECODERS } from './google-genai.ts'
import { OPENAI_CHAT_DECODERS } from './openai-chat-sdk.ts'
import { OPENAI_RESPONSES_DECODERS } from './openai-responses-sdk.ts'

/** Every real client that the oracle reads with. */
export const DECODERS: readonly Decoder[] = [
  ...ANTHROPIC_SDK_DECODERS,
  ...OPENAI_CHAT_DECODERS,
  ...OPENAI_RESPONSES_DECODERS,
  ...GOOGLE_GENAI_DECODERS,
  ...AI_SDK_DECODERS,
]
