import type { CanonicalEvent, CanonicalRequest, CanonicalStream } from './stream.ts'
import { NOTHING_SENT, TEXT_PIECES } from './stream.ts'

type Meaning = Omit<CanonicalEvent, 'lines'>
type Fields = Readonly<Record<string, unknown>>

function chunk(fields: Fields, meaning: Meaning = {}): CanonicalEvent {
  const data = { ...fields, modelVersion: 'gemini-canonical', responseId: 'resp-1' }
  return { lines: [`data: ${JSON.stringify(data)}`], unlocks: NOTHING_SENT, ...meaning }
}

interface Candidate {
  readonly parts: readonly Fields[]
  readonly index?: number
  readonly finishReason?: string
  readonly continuationToken?: string
}

function candidate({ parts, index = 0, ...rest }: Candidate, meaning?: Meaning): CanonicalEvent {
  const usageMetadata = { promptTokenCount: 12, candidatesTokenCount: 7, totalTokenCount: 19 }
  return chunk({ candidates: [{ content: { role: 'model', parts }, index, ...rest }], usageMetadata }, meaning)
}

function textOf(value: string, index = 0, finishReason?: string, meaning: Meaning = {}): CanonicalEvent {
  const ending = finishReason === undefined ? {} : { finishReason }
  return candidate({ parts: [{ text: value }], index, ...ending }, { text: { answer: index, value }, ...meaning })
}

/** A function call is whole in its part: the event that carries it closes it. */
function functionCalls(...calls: readonly string[]): CanonicalEvent {
  const args = calls.map((call) => ({ call, city: 'Zürich' }))
  const parts = args.map((arg) => ({ functionCall: { id: arg.call, name: 'get_weather', args: arg } }))
  return candidate({ parts }, { locks: 'tool-call', closes: args.map((arg) => JSON.stringify(arg)) })
}

function finish(reason: string): CanonicalEvent {
  return candidate({ parts: [{ text: '' }], finishReason: reason }, { isStop: true })
}

const LAST_USAGE = chunk({ usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 42, totalTokenCount: 54 } })

function stream(name: string, events: readonly CanonicalEvent[], request: CanonicalRequest = {}): CanonicalStream {
  return { dialect: 'gemini', name, lineEnding: '\r\n', request, events }
}

const [first, second, third, last] = TEXT_PIECES
const TEXT = stream('text', [textOf(first), textOf(second), textOf(third), textOf(last, 0, 'STOP', { isStop: true })])

/** Canonical `streamGenerateContent?alt=sse` streams, with CRLF as the API sends them. Source: Google's API documentation, and `@google/genai` 2.32. */
export const GEMINI_STREAMS: readonly CanonicalStream[] = [
  TEXT,
  { ...TEXT, name: 'text (LF)', lineEnding: '\n' },
  stream('thought, text', [
    candidate({ parts: [{ text: 'Look at the café’s log.', thought: true }] }),
    candidate({ parts: [{ text: '', thoughtSignature: 'c2lnbmF0dXJl' }] }),
    textOf('Sunny 🌞.'),
    finish('STOP'),
  ]),
  stream('one function call', [functionCalls('a'), finish('STOP')], { hasTools: true }),
  stream('parallel function calls', [textOf('Three. '), functionCalls('a', 'b'), functionCalls('c'), finish('STOP')], {
    hasTools: true,
  }),
  stream(
    'two candidates',
    [
      textOf('First: ', 0),
      textOf('Second: ', 1),
      textOf('sunny.', 0, 'STOP'),
      textOf('rain — all day.', 1, 'STOP', { isStop: true }),
    ],
    { answerCount: 2 },
  ),
  stream('blocked prompt', [
    chunk({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 12 } }, { isStop: true }),
  ]),
  stream('continuation token', [
    candidate(
      { parts: [{ text: 'Sunny ' }], continuationToken: 'token-1' },
      { text: { answer: 0, value: 'Sunny ' }, locks: 'continuation' },
    ),
    textOf('all day.'),
    finish('STOP'),
  ]),
  stream('usage after the finish reason', [textOf('Sunny.'), finish('STOP'), LAST_USAGE]),
]
