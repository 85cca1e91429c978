import type { Dialect } from '@stopbit/traces'
import { anthropicMessages } from './dialects/anthropic-messages.ts'
import { gemini } from './dialects/gemini.ts'
import { opaque } from './dialects/opaque.ts'
import { openaiChat } from './dialects/openai-chat.ts'
import { openaiResponses } from './dialects/openai-responses.ts'

/** An event of a stream. `data` is the parsed JSON, undefined when the data is no JSON. */
export interface StreamEvent {
  readonly name: string
  readonly text: string
  readonly data: unknown
}

/** What an event means for the end of a stream. */
export type EventMeaning = 'success-terminal' | 'error-terminal' | 'stop-reason' | 'other'

/** What the judge knows of a dialect; nothing of how a proxy handles it. */
export interface DialectRules {
  /** What each event of a stream means, in order. `asked`: how many answers the request wants. */
  readonly meaningsOf: (events: readonly StreamEvent[], asked: number) => readonly EventMeaning[]
  /** An event that a proxy may send into silence. Comments always are. */
  readonly isHeartbeat: (event: StreamEvent) => boolean
  /** A success terminal that says nothing of its own, so that it may be added once every answer has its stop reason. */
  readonly isSentinel: (event: StreamEvent) => boolean
  /** Whether every answer that was asked for has its stop reason. */
  readonly isStopped: (events: readonly StreamEvent[], asked: number) => boolean
  /** Two terminal events that are one ending, because no client understands both. */
  readonly isOneEnding: (first: StreamEvent, next: StreamEvent) => boolean
  /** What the upstream sends after the terminal event must reach the client too. */
  readonly goesOnAfterTerminal: boolean
  /** Statuses that may stand for a failure before the head. */
  readonly failureStatuses: readonly number[]
  /** Whether a JSON body is the dialect's error object. */
  readonly isErrorBody: (body: unknown) => boolean
  /** The tool calls that `events` leave open, by name of their place. */
  readonly openToolCalls: (events: readonly StreamEvent[]) => readonly string[]
  /** What an event does to one of the `open` tool calls, if anything. */
  readonly changesToolCall: (event: StreamEvent, open: readonly string[]) => 'closed' | 'continued' | undefined
  /** Whether an event carries what only a model says: text, thinking, a refusal, a part of a tool call. */
  readonly hasModelData: (event: StreamEvent) => boolean
  /** The first break of the dialect's grammar. Types that the judge does not know are none. */
  readonly grammarProblem: (events: readonly StreamEvent[]) => string | undefined
}

const RULES: { readonly [dialect in Dialect]: DialectRules } = {
  'anthropic-messages': anthropicMessages,
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  gemini,
  opaque,
}

/** The rules for a dialect. */
export function dialectRules(dialect: Dialect): DialectRules {
  return RULES[dialect]
}
