import { anthropicMessages } from './anthropic-messages/index.ts'
import type { EventFields } from '../framing/read-event.ts'
import type { Dialect } from './dialect.ts'
import { gemini } from './gemini/index.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiResponses } from './openai-responses/index.ts'
import { opaque } from './opaque/index.ts'

/** Every dialect, the first match wins. A new dialect is a folder beside these and one line here. */
export const DIALECTS: readonly Dialect[] = [anthropicMessages, openaiChat, openaiResponses, gemini, opaque]

/** The dialect of a request, by its method and target (path and query). `opaque` takes what no other claims. */
export function detectDialect(method: string, target: string): Dialect {
  return DIALECTS.find((dialect) => dialect.matches(method, target)) ?? opaque
}

/** The dialect of a stream whose request told nothing, by its first event. */
export function recognizeDialect(firstEvent: EventFields): Dialect | undefined {
  return DIALECTS.find((dialect) => dialect.recognizes(firstEvent))
}
