import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createFinalizer } from '../../finalizer/create-finalizer.ts'
import { PlainEvents } from '../plain-events.ts'
import { openaiChat } from './index.ts'
import { ChatScanner } from './scan.ts'

interface Seen {
  readonly verdict: string
  readonly state: unknown
  readonly count: number
}

function scanAll(events: readonly string[]): Seen[] {
  const scanner = new ChatScanner(2)
  return events.map((event) => {
    // Inside a larger chunk, as the finalizer hands events over; what is around them must not be read.
    const bytes = Buffer.from(`"x${event}"x"`)
    const verdict = scanner.scan(bytes, 2, bytes.length - 3)
    return { verdict, state: structuredClone(scanner.state), count: scanner.modelDataCount }
  })
}

/** The same with every event parsed. */
function parseAll(events: readonly string[]): Seen[] {
  const match = vi.spyOn(PlainEvents.prototype, 'match').mockReturnValue(false)
  try {
    return scanAll(events)
  } finally {
    match.mockRestore()
  }
}

/** How many of the events were known by their bytes. */
function matchCount(events: readonly string[]): number {
  const match = vi.spyOn(PlainEvents.prototype, 'match')
  try {
    scanAll(events)
    return match.mock.results.filter(({ value }) => value === true).length
  } finally {
    match.mockRestore()
  }
}

const START = 'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":['

function delta(key: string, rawText: string, index = 0, tail = ''): string {
  return `${START}{"index":${index},"delta":{"${key}":"${rawText}"},"finish_reason":null}]${tail}}\n\n`
}

test.each([
  ['text', (raw: string) => delta('content', raw)],
  ['reasoning', (raw: string) => delta('reasoning_content', raw)],
  ['obfuscated text', (raw: string) => delta('content', raw, 0, `,"usage":null,"obfuscation":"${raw.length}zz"`)],
  ['text in CRLF', (raw: string) => delta('content', raw).replaceAll('\n', '\r\n')],
  ['text with the spaces of Python', (raw: string) => delta('content', raw).replace('"content":', '"content": ')],
  [
    'text behind another field of its name',
    (raw: string) => delta('content', raw).replace('"delta"', '"logprobs":{"content":"same"},"delta"'),
  ],
  [
    'tool arguments',
    (raw: string) =>
      `${START}{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"${raw}"}}]},"finish_reason":null}]}\n\n`,
  ],
  [
    'the input of a custom tool',
    (raw: string) =>
      `${START}{"index":0,"delta":{"tool_calls":[{"index":0,"custom":{"input":"${raw}"}}]},"finish_reason":null}]}\n\n`,
  ],
])('match() knows %s from the second event on', (_name, event) => {
  const texts = ['a', 'b c', '\\"quoted\\"', '\\\\', '\\n\\u00e9', 'Grüße 👋', '{\\"a\\":[', 'data: [DONE]', 'a']
  expect(matchCount(texts.map(event))).toBe(texts.length - 1)
})

test('match() knows the deltas of interleaved choices', () => {
  const events = Array.from({ length: 20 }, (_, i) => delta('content', `t${i}`, i % 2))
  expect(matchCount(events)).toBe(18)
})

test.each([
  ['an empty text', delta('content', '')],
  ['an unescaped quote', delta('content', 'a"b')],
  ['an escape that JSON does not have', delta('content', 'a\\x')],
  ['a cut \\u escape', delta('content', 'a\\u12"')],
  ['a \\u escape without hex digits', delta('content', 'a\\u12zz')],
  ['a line ending inside the text', delta('content', 'a\nb')],
  ['a stop reason', delta('content', 'a').replace('null', '"stop"')],
  ['a second choice', delta('content', 'a').replace('}]}', '},{"index":1,"delta":{},"finish_reason":"stop"}]}')],
  ['an error behind the choices', delta('content', 'a').replace(']}\n', '],"error":{"message":"m"}}\n')],
  ['a second data line', delta('content', 'a').replace('\n\n', '\ndata: {}\n\n')],
  ['an event line behind the data', delta('content', 'a').replace('\n\n', '\nevent: error\n\n')],
  ['the text twice', delta('content', 'a","content":"')],
  ['an id in front', `id: 1\n${delta('content', 'a')}`],
])('match() leaves %s to the parser', (_name, event) => {
  const known = [delta('content', 'a'), delta('content', 'b')]
  expect(matchCount([...known, event])).toBe(1)
  expect(scanAll([...known, event])).toEqual(parseAll([...known, event]))
})

test('match() looks at every byte around the text', () => {
  for (const id of ['c', 'cc', 'ccc', 'cccc']) {
    const event = delta('content', 'a').replace('"c"', `"${id}"`)
    for (let at = 0; at < event.length; at++) {
      if (event.slice(0, at).endsWith('"content":"')) continue
      const other = `${event.slice(0, at)}~${event.slice(at + 1)}`
      expect(matchCount([event, other]), other).toBe(0)
    }
  }
})

test('match() knows deltas with a token count that grows, and none whose count is no number', () => {
  const counted = (count: string): string =>
    delta('content', 'a', 0, `,"usage":{"total_tokens":${count},"details":{"cached":${count}}}`)
  expect(matchCount(Array.from({ length: 40 }, (_, i) => counted(`${i}`)))).toBe(39)
  expect(matchCount(['1', '2', '03', '-4', '5.5', '', '6e1'].map(counted))).toBe(1)
})

test('learn() gives up on a stream whose chunks differ in more than their text', () => {
  const named = (i: number): string => delta('content', 'a', 0, `,"nonce":"${i + 10}"`)
  const events = Array.from({ length: 40 }, (_, i) => named(i))
  expect(matchCount([...events, named(39)])).toBe(0)
})

/** Parses of whole events that a scan took. */
function parseCount(events: readonly string[]): number {
  const parse = vi.spyOn(JSON, 'parse')
  try {
    scanAll(events)
    return parse.mock.calls.length
  } finally {
    parse.mockRestore()
  }
}

/** A delta whose text stands behind `count` other strings of its name. */
function citing(count: number, raw: string, source = 's'): string {
  const citations = Array.from({ length: count }, () => ({ content: source }))
  return delta('content', raw).replace('"delta"', `"citations":${JSON.stringify(citations)},"delta"`)
}

test('learn() tries four places for the text, and no more', () => {
  expect(matchCount([citing(3, 'a'), citing(3, 'b')])).toBe(1)
  expect(matchCount([citing(4, 'a'), citing(4, 'b')])).toBe(0)
  expect(parseCount([citing(3, 'a')])).toBe(1 + 4)
  expect(parseCount([citing(500, 'a')])).toBe(1 + 4)
})

test('learn() leaves events above 16 KiB alone', () => {
  const large = (raw: string): string => citing(1, raw, 's'.repeat(16_384))
  expect(matchCount([large('a'), large('b')])).toBe(0)
  expect(parseCount([large('a')])).toBe(1)
})

test('learn() gives up on a stream in which it finds no place for the text, or only in large events', () => {
  const common = [delta('content', 'a'), delta('content', 'b')]
  for (const event of [citing(4, 'a'), citing(1, 'a', 's'.repeat(16_384))]) {
    const some = Array.from({ length: 15 }, () => event)
    expect(matchCount([...some, ...common])).toBe(1)
    expect(matchCount([...some, event, ...common])).toBe(0)
  }
})

const rawText = fc.oneof(
  fc.constantFrom(
    'a',
    '',
    '\\"',
    '\\\\',
    '\\\\\\"',
    '\\u0041',
    '\\u00',
    '\\u00zz',
    '\\x',
    '"',
    '\\',
    '","finish_reason":"stop","x":"',
    '\\",\\"finish_reason\\":\\"stop\\"',
    '"},"finish_reason":null}],"error":{"message":"x"},"y":[{"a":{"b":"',
    '[DONE]',
    '\t',
    'é👋',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => JSON.stringify(text).slice(1, -1)),
)
const tail = fc.constantFrom(
  '',
  '',
  '',
  ',"usage":null,"obfuscation":"x9"',
  ',"usage":null,"obfuscation":""',
  ',"usage":{"total_tokens":7}',
  ',"usage":{"total_tokens":18,"note":"b"},"obfuscation":"x"',
  ',"error":null',
)
const key = fc.constantFrom('content', 'content', 'content', 'reasoning', 'refusal', 'role', 'logprobs')
const plain = fc
  .tuple(key, rawText, fc.constantFrom(0, 0, 1, 2), tail)
  .map(([name, text, index, end]) => delta(name, text, index, end))
const call = fc
  .tuple(rawText, fc.constantFrom(0, 1), fc.constantFrom(0, 0, 1))
  .map(([text, tool, index]) =>
    delta('x', '', index).replace('"x":""', `"tool_calls":[{"index":${tool},"function":{"arguments":"${text}"}}]`),
  )
const finish = fc
  .tuple(fc.constantFrom('"stop"', '"new_reason"', '""', 'null'), fc.constantFrom(0, 1), rawText)
  .map(([reason, index, text]) =>
    delta('content', text, index).replace('"finish_reason":null', `"finish_reason":${reason}`),
  )
const odd = fc.constantFrom(
  ': comment\n\n',
  '\n',
  'event: ping\n\n',
  `id: 7\n${delta('content', 'z')}`,
  delta('content', 'two').replace('}]}', '},{"index":1,"delta":{"content":"w"},"finish_reason":null}]}'),
  delta('content', 'a', 0, ',"choices":[]'),
  delta('content', 'a').replace('"index":0,', ''),
  delta('content', 'c","content":"d'),
  delta('content', 'r","role":"assistant'),
  'data: {"choices":[]}\n\n',
  'data: 1\n\n',
)
const last = fc.constantFrom(
  'data: [DONE]\n\n',
  'data: {"error":{"type":"t"}}\n\n',
  'data: {"object":"error"}\n\n',
  delta('content', 'a'),
)

test('known by its bytes or parsed, an event means the same: same state, same count', () => {
  const events = fc.array(fc.oneof({ weight: 8, arbitrary: plain }, { weight: 3, arbitrary: call }, finish, odd), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(events, last, fc.constantFrom('\n', '\r\n'), (most, end, eol) => {
      const all = [...most, end, delta('content', 'late')].map((event) => event.replaceAll('\n', eol))
      expect(scanAll(all)).toEqual(parseAll(all))
    }),
    { numRuns: 1500 },
  )
})

/** All that a finalizer says of bytes that come in chunks of the given sizes, over and over. */
function finalize(bytes: Buffer, sizes: readonly number[]) {
  const finalizer = createFinalizer({ dialect: openaiChat, request: { choiceCount: 2 }, requestId: 'req_1' })
  const out: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    finalizer.push(bytes.subarray(at, at + size), (part) => out.push(part))
    at += size
  }
  const { eventCount, modelDataCount, droppedBytes } = finalizer
  const { ending, bytes: closing } = finalizer.end()
  return { eventCount, modelDataCount, droppedBytes, ending, text: Buffer.concat([...out, closing]).toString() }
}

test('in chunks of any size, a stream comes out as it does when every event is parsed', () => {
  const events = fc.array(fc.oneof({ weight: 8, arbitrary: plain }, { weight: 3, arbitrary: call }, finish, odd), {
    maxLength: 40,
  })
  const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4000 }))
  const sizes = fc.array(size, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(events, last, fc.constantFrom('\n', '\r\n', '\r', '\r\n\n'), sizes, (most, end, eol, cuts) => {
      const bytes = Buffer.from([...most, end].map((event) => event.replaceAll('\n', eol)).join(''))
      const learn = vi.spyOn(PlainEvents.prototype, 'learn').mockReturnValue()
      const parsed = finalize(bytes, cuts)
      learn.mockRestore()
      expect(finalize(bytes, cuts)).toEqual(parsed)
    }),
    { numRuns: 1000 },
  )
})
