import type { Dialect } from '@stopbit/traces'
import { anthropicMessages } from './dialects/anthropic-messages.ts'

/** An event of a stream. `data` is the parsed JSON, undefined when the data is no JSON. */
export interface StreamEvent {
  readonly name: string
  readonly text: string
  readonly data: unknown
}

/** What an event means for the end of a stream. */
export type EventMeaning = 'success-terminal' | 'error-terminal' | 'stop-reason' | 'heartbeat' | 'other'

/** What the judge knows of a dialect; nothing of how a proxy handles it. */
export interface DialectRules {
  readonly meaningOf: (event: StreamEvent) => EventMeaning
  /** Statuses that may stand for a failure before the head. */
  readonly failureStatuses: readonly number[]
  /** Whether a JSON body is the dialect's error object. */
  readonly isErrorBody: (body: unknown) => boolean
  /** The tool calls that `events` leave open, by name of their place. */
  readonly openToolCalls: (events: readonly StreamEvent[]) => readonly string[]
  /** What an event does to one of the `open` tool calls, if anything. */
  readonly changesToolCall: (event: StreamEvent, open: readonly string[]) => 'closed' | 'continued' | undefined
}

const RULES: Partial<Record<Dialect, DialectRules>> = { 'anthropic-messages': anthropicMessages }

/** The rules for a dialect; undefined for one that has no judge yet, whose traces are `not-tested`. */
export function dialectRules(dialect: Dialect): DialectRules | undefined {
  return RULES[dialect]
}
