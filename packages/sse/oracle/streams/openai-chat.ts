import type { CanonicalEvent, CanonicalRequest, CanonicalStream } from './stream.ts'
import { NOTHING_SENT, TEXT_PIECES, withCrlf } from './stream.ts'

type Meaning = Omit<CanonicalEvent, 'lines'>
type Fields = Readonly<Record<string, unknown>>

function event(data: unknown, meaning: Meaning = {}): CanonicalEvent {
  return { lines: [`data: ${JSON.stringify(data)}`], ...meaning }
}

function chunk(fields: Fields, meaning?: Meaning): CanonicalEvent {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_795_000_000, model: 'gpt-canonical' }
  return event({ ...head, ...fields }, meaning)
}

function choice(index: number, delta: Fields, meaning?: Meaning): CanonicalEvent {
  return chunk({ choices: [{ index, delta, finish_reason: null }] }, meaning)
}

function role(index = 0): CanonicalEvent {
  return choice(index, { role: 'assistant', content: '' }, { unlocks: NOTHING_SENT })
}

function textOf(value: string, index = 0): CanonicalEvent {
  return choice(index, { content: value }, { text: { answer: index, value } })
}

function finish(reason: string, meaning: Meaning = { isStop: true }, index = 0): CanonicalEvent {
  return chunk({ choices: [{ index, delta: {}, finish_reason: reason }] }, meaning)
}

const DONE: CanonicalEvent = { lines: ['data: [DONE]'] }
const USAGE = chunk({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 42, total_tokens: 54 } })

function argumentsOf(call: string): string {
  return JSON.stringify({ call, city: 'Zürich' })
}

/** The arguments are complete JSON long before the finish reason, which is what closes every call. */
function toolCall(index: number, call: string): CanonicalEvent[] {
  const whole = argumentsOf(call)
  const pieces = [whole.slice(0, 9), whole.slice(9, -1), whole.slice(-1)]
  const opening = { index, id: `call_${call}`, type: 'function', function: { name: 'get_weather', arguments: '' } }
  return [
    choice(0, { tool_calls: [opening] }, { locks: 'tool-call' }),
    ...pieces.map((piece) => choice(0, { tool_calls: [{ index, function: { arguments: piece } }] })),
  ]
}

function toolsEnd(...calls: readonly string[]): CanonicalEvent[] {
  return [finish('tool_calls', { isStop: true, closes: calls.map(argumentsOf) }), DONE]
}

function stream(name: string, events: readonly CanonicalEvent[], request: CanonicalRequest = {}): CanonicalStream {
  return { dialect: 'openai-chat', name, lineEnding: '\n', request, events }
}

const WITH_TOOLS = { hasTools: true }
const TEXT = stream('text', [role(), ...TEXT_PIECES.map((piece) => textOf(piece)), finish('stop'), DONE])
const PARALLEL_TOOLS = stream(
  'parallel tool calls',
  [role(), textOf('Two calls. '), ...toolCall(0, 'a'), ...toolCall(1, 'b'), ...toolsEnd('a', 'b')],
  WITH_TOOLS,
)

/** Canonical Chat Completions streams. Source of the chunk forms: OpenAI's API documentation, and the types of `openai` 6.49. */
export const OPENAI_CHAT_STREAMS: readonly CanonicalStream[] = [
  TEXT,
  withCrlf(TEXT),
  stream('usage', [role(), textOf('Counted: 21 °C.'), finish('stop'), USAGE, DONE], { includesUsage: true }),
  stream('one tool call', [role(), ...toolCall(0, 'a'), ...toolsEnd('a')], WITH_TOOLS),
  PARALLEL_TOOLS,
  withCrlf(PARALLEL_TOOLS),
  stream(
    'n = 2',
    [
      role(0),
      role(1),
      textOf('First: ', 0),
      textOf('Second: ', 1),
      textOf('sunny 🌞.', 0),
      finish('stop', {}, 0),
      textOf('rain — all day.', 1),
      finish('stop', { isStop: true }, 1),
      DONE,
    ],
    { answerCount: 2 },
  ),
  stream('comments and reasoning', [
    { lines: [': OPENROUTER PROCESSING'] },
    role(),
    choice(0, { reasoning_content: 'Look at the café’s log.' }),
    { lines: [': OPENROUTER PROCESSING'] },
    textOf('Sunny.'),
    finish('stop'),
    DONE,
  ]),
]
