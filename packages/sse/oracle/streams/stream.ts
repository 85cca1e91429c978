/** One event of a canonical stream: its lines on the wire, and what they mean to a client. */
export interface CanonicalEvent {
  /** Without line endings and without the empty line that ends the event. */
  readonly lines: readonly string[]
  /** The visible text that the event adds, and the answer (`choices[].index`, candidate) that it belongs to. */
  readonly text?: { readonly answer: number; readonly value: string }
  /** The tool calls that are whole behind this event, by their arguments: the only ones that may be executed from here on. */
  readonly closes?: readonly ToolArguments[]
  /** From here on, and until the same word is unlocked, the policy `truncate` has to refuse. */
  readonly locks?: string
  readonly unlocks?: string
  /** Every stop reason is through behind this event: a stream may be complete from here on. */
  readonly isStop?: boolean
  /** No client knows its type. APIs may add types at any time. */
  readonly isUnknown?: boolean
}

/** What a tool call was asked to do, as compact JSON. Every call of a stream has its own, so it names the call too. */
export type ToolArguments = string

/** A whole stream as its API would send it. */
export interface CanonicalStream {
  readonly dialect: DialectId
  readonly name: string
  readonly lineEnding: '\n' | '\r\n'
  /** The request that asks for it; the finalizer reads its facts from here, a decoder asks its client for the same. */
  readonly request: CanonicalRequest
  readonly events: readonly CanonicalEvent[]
}

/** What of a request matters to a reader of its stream. */
export interface CanonicalRequest {
  readonly answerCount?: number
  readonly hasTools?: boolean
  readonly includesUsage?: boolean
}

/** The dialects that have canonical streams; each is the `id` of a dialect of the package. */
export type DialectId = 'anthropic-messages' | 'openai-chat' | 'openai-responses' | 'gemini'

/** Every dialect with canonical streams. */
export const DIALECT_IDS: readonly DialectId[] = ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini']

/** Held by every stream until its first event of its own: a graceful end of nothing at all would be an invented answer. */
export const NOTHING_SENT = 'nothing-sent'

/** What the text of the canonical streams is made of: characters of one, two, three and four bytes. */
export const TEXT_PIECES = ['Zürich is ', '21 °C — ', 'sunny 🌞', ' all day.'] as const

/** The same events with CRLF, under another name. */
export function withCrlf(stream: CanonicalStream): CanonicalStream {
  return { ...stream, name: `${stream.name} (CRLF)`, lineEnding: '\r\n' }
}
