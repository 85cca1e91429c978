import { anthropic } from './dialects/anthropic.ts'
import { chat } from './dialects/chat.ts'
import { gemini } from './dialects/gemini.ts'
import { responses } from './dialects/responses.ts'
import type { PassedEvent, StreamState } from './stream-state.ts'

/** What the reference proxy knows of a dialect. Texts of events have LF; `ending` gives them the stream's own line ends. */
export interface ProxyDialect {
  /** Takes note of an event that passes. */
  readonly note: (state: StreamState, event: PassedEvent) => void
  /** What is missing where every answer has its stop reason; undefined where it is not so, or cannot be added. */
  readonly sentinel: (state: StreamState) => string | undefined
  readonly error: (state: StreamState, message: string) => string
  readonly errorBody: (status: number, message: string) => string
  readonly heartbeat: (state: StreamState) => string
  /** The end of the response ends the stream: what follows the terminal event belongs to it. */
  readonly endsWithResponse?: true
  /** What a proxy must not send; for mutants. */
  readonly lies: Lies
}

/** Ends that are not true, and events that break the grammar. Undefined where the dialect has no such thing. */
export interface Lies {
  readonly success: (state: StreamState) => string
  readonly toolClosed?: (state: StreamState) => string
  readonly toolContinued?: (state: StreamState) => string
  /** What happened, in the model's words. */
  readonly words: (state: StreamState) => string
  readonly brokenGrammar: (state: StreamState) => string
}

const BY_PATH: readonly (readonly [path: RegExp, dialect: ProxyDialect])[] = [
  [/\/messages$/, anthropic],
  [/\/chat\/completions$/, chat],
  [/\/responses$/, responses],
  [/:streamGenerateContent$/, gemini],
]

/** The dialect of a request's path; undefined for one that is not known. */
export function dialectOf(url: string | undefined): ProxyDialect | undefined {
  const path = (url ?? '').split('?', 1)[0] ?? ''
  return BY_PATH.find(([pattern]) => pattern.test(path))?.[1]
}

/** The error of a request of which nothing is known. */
export function plainErrorBody(message: string): string {
  return JSON.stringify({ error: { message } })
}
