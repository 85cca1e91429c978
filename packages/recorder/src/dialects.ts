import type { Dialect } from '@stopbit/traces'
import { createParser } from 'eventsource-parser'

/** What the recorder knows of a dialect: enough to say whether an answer is whole, and to ask for another. */
interface DialectKnowledge {
  readonly path: RegExp
  /** What a trace's client asks for. */
  readonly tracePath: string
  /** An event that ends the answer, well or not. */
  readonly isTerminal: (name: string, data: string) => boolean
  /** An event that says why the answer stops; something may rightly follow. */
  readonly isStop: (name: string, data: string) => boolean
  /** An event that carries something of the model's. */
  readonly isContent: (name: string, data: string) => boolean
  readonly isToolCall: (name: string, data: string) => boolean
}

const KNOWLEDGE: { readonly [dialect in Exclude<Dialect, 'opaque'>]: DialectKnowledge } = {
  'anthropic-messages': {
    path: /\/messages(?:\?|$)/,
    tracePath: '/v1/messages',
    isTerminal: (name) => name === 'message_stop' || name === 'error',
    isStop: (name, data) => name === 'message_delta' && /"stop_reason":\s*"/.test(data),
    isContent: (name) => name === 'content_block_delta' || name === 'message_delta',
    isToolCall: (name, data) => name === 'content_block_start' && /"type":\s*"(?:server_)?tool_use"/.test(data),
  },
  'openai-chat': {
    path: /\/chat\/completions(?:\?|$)/,
    tracePath: '/v1/chat/completions',
    isTerminal: (_, data) => data === '[DONE]' || /^\{\s*"error"/.test(data),
    isStop: (_, data) => /"finish_reason":\s*"/.test(data),
    isContent: (_, data) => /"(?:content|arguments|refusal|reasoning_content)":\s*"[^"]|"tool_calls":/.test(data),
    isToolCall: (_, data) => data.includes('"tool_calls"'),
  },
  'openai-responses': {
    path: /\/responses(?:\?|$)/,
    tracePath: '/v1/responses',
    isTerminal: (name) => /^(?:response\.(?:completed|incomplete|failed)|error)$/.test(name),
    isStop: (name) => /^response\.(?:completed|incomplete|failed)$/.test(name),
    isContent: (name) => name.endsWith('.delta'),
    isToolCall: (_, data) => data.includes('"function_call"'),
  },
  gemini: {
    path: /:(?:stream)?generateContent(?:\?|$)/i,
    tracePath: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    isTerminal: (_, data) => /"finishReason":\s*"|^\{\s*"error"/.test(data),
    isStop: (_, data) => /"finishReason":\s*"/.test(data),
    isContent: (_, data) => /"(?:text|functionCall|inlineData)":/.test(data),
    isToolCall: (_, data) => data.includes('"functionCall"'),
  },
}

/** The dialect that a request's path speaks; `opaque` for any other. */
export function dialectOfPath(target: string): Dialect {
  for (const [dialect, { path }] of Object.entries(KNOWLEDGE)) if (path.test(target)) return dialect as Dialect
  return 'opaque'
}

/** The path that a trace of the dialect asks for. */
export function tracePathOf(dialect: Exclude<Dialect, 'opaque'>): string {
  return KNOWLEDGE[dialect].tracePath
}

/** What an event stream held, as far as it came. */
export interface StreamFacts {
  /** Complete events. */
  readonly events: number
  readonly hasTerminal: boolean
  readonly hasStop: boolean
  readonly hasContent: boolean
  readonly hasToolCall: boolean
}

/** Reads the complete events of a stream with a third-party parser. */
export function readStream(dialect: Exclude<Dialect, 'opaque'>, body: Buffer): StreamFacts {
  const known = KNOWLEDGE[dialect]
  const seen: (readonly [name: string, data: string])[] = []
  const parser = createParser({ onEvent: ({ event = 'message', data }) => seen.push([event, data]) })
  parser.feed(body.toString('utf8'))
  return {
    events: seen.length,
    hasTerminal: seen.some(([name, data]) => known.isTerminal(name, data)),
    hasStop: seen.some(([name, data]) => known.isStop(name, data)),
    hasContent: seen.some(([name, data]) => known.isContent(name, data)),
    hasToolCall: seen.some(([name, data]) => known.isToolCall(name, data)),
  }
}
