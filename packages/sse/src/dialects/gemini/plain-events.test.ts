import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createFinalizer } from '../../finalizer/create-finalizer.ts'
import type { Framing } from '../dialect.ts'
import { PlainEvents } from '../plain-events.ts'
import { gemini } from './index.ts'
import { GeminiScanner } from './scan.ts'

interface Seen {
  readonly verdict: string
  readonly state: unknown
  readonly count: number
}

function scanAll(units: readonly string[], framing: Framing, choiceCount = 1): Seen[] {
  const scanner = new GeminiScanner({ choiceCount }, framing)
  return units.map((unit) => {
    // Inside a larger chunk, as the finalizer hands units over; what is around them must not be read.
    const bytes = Buffer.from(`"x${unit}"x"`)
    const verdict = scanner.scan(bytes, 2, bytes.length - 3)
    return { verdict, state: structuredClone(scanner.state), count: scanner.modelDataCount }
  })
}

/** Runs with every unit parsed. */
function withoutTemplates<T>(run: () => T): T {
  const learn = vi.spyOn(PlainEvents.prototype, 'learn').mockReturnValue()
  try {
    return run()
  } finally {
    learn.mockRestore()
  }
}

/** How many of the units were known by their bytes. */
function matchCount(units: readonly string[], framing: Framing = 'event-stream'): number {
  const match = vi.spyOn(PlainEvents.prototype, 'match')
  try {
    scanAll(units, framing)
    return match.mock.results.filter(({ value }) => value === true).length
  } finally {
    match.mockRestore()
  }
}

/** The chunk of the API, with the spaces that it writes. */
function chunkOf(rawText: string, { index = 0, part = '', candidate = '', tail = '' } = {}): string {
  const parts = `"parts": [{"text": "${rawText}"${part}}]`
  return `{"candidates": [{"content": {${parts},"role": "model"},"index": ${index}${candidate}}]${tail}}`
}

function usage(count: number, total = 100 + count): string {
  const details = '"promptTokensDetails": [{"modality": "TEXT","tokenCount": 9}]'
  return `,"usageMetadata": {"promptTokenCount": 9,"candidatesTokenCount": ${count},"totalTokenCount": ${total},${details}},"modelVersion": "m","responseId": "r"`
}

function event(chunk: string, eol = '\r\n'): string {
  return `data: ${chunk}${eol}${eol}`
}

describe('match()', () => {
  const texts = ['a', 'b c', '\\"quoted\\"', '\\\\', '\\n\\u00e9', 'Grüße 👋', '"}]}'.replaceAll('"', '\\"'), 'a']

  test.each<[string, (raw: string, i: number) => string]>([
    ['text', (raw) => event(chunkOf(raw))],
    ['text in LF', (raw) => event(chunkOf(raw), '\n')],
    ['thoughts', (raw) => event(chunkOf(raw, { part: ',"thought": true' }))],
    ['text with token counts that grow', (raw, i) => event(chunkOf(raw, { tail: usage(8 + i) }))],
    ['text behind token counts', (raw, i) => event(chunkOf(raw).replace('{', `{${usage(i).slice(1)},`))],
    [
      'text with a finish reason in every chunk',
      (raw) => event(chunkOf(raw, { candidate: ',"finishReason": "STOP"' })),
    ],
  ])('knows %s once the same has come and changed nothing', (_name, unit) => {
    const units = ['start', 'a', ...texts].map(unit)
    // A reason in every chunk takes one more: that it did not end the answer shows in the second.
    const first = units[0]?.includes('STOP') === true ? 3 : 2
    expect(matchCount(units)).toBe(units.length - first)
  })

  test('knows elements of an array, also of one that is written over many lines', () => {
    for (const indent of [undefined, 2]) {
      const units = ['start', 'a', ...texts].map((raw, i) => {
        const element = JSON.stringify(JSON.parse(chunkOf(raw, { tail: usage(i) })), null, indent)
        return i === 0 ? `[${element}` : `\r\n,${element}`
      })
      expect(matchCount(units, 'json-array')).toBe(units.length - 2)
    }
  })

  test('knows interleaved candidates', () => {
    expect(matchCount(Array.from({ length: 20 }, (_, i) => event(chunkOf(`t${i}`, { index: i % 2 }))))).toBe(16)
  })

  test.each([
    ['a finish reason', event(chunkOf('a', { candidate: ',"finishReason": "STOP"' }))],
    ['a finish reason in front', event(chunkOf('a').replace('{"content"', '{"finishReason": "STOP","content"'))],
    ['an empty text', event(chunkOf(''))],
    ['a thought', event(chunkOf('a', { part: ',"thought": true' }))],
    ['a signature', event(chunkOf('a', { part: ',"thoughtSignature": "AA=="' }))],
    ['a function call', event(chunkOf('a').replace(']', ',{"functionCall": {"name": "f"}}]'))],
    ['another candidate', event(chunkOf('a', { index: 1 }))],
    ['a second candidate', event(chunkOf('a').replace('}]}', '}]},{"finishReason": "STOP","index": 1}'))],
    ['a blocked prompt', event(chunkOf('a', { tail: ',"promptFeedback": {"blockReason": "SAFETY"}' }))],
    ['an error behind the candidates', event(chunkOf('a', { tail: ',"error": {"code": 503}' }))],
    [
      'an error in place of a count',
      event(chunkOf('a', { tail: usage(1).replace('9,', '9},"error": {"code": 503,') })),
    ],
    ['a continuation token', event(chunkOf('a', { candidate: ',"continuationToken": "t"' }))],
    ['the text twice', event(chunkOf('a","text": "'))],
    ['an unescaped quote', event(chunkOf('a"b'))],
    ['an escape that JSON does not have', event(chunkOf('a\\x'))],
    ['an event line behind the data', event(chunkOf('a')).replace('\r\n', '\r\nevent: error\r\n')],
    ['a second data line', event(chunkOf('a')).replace('\r\n', '\r\ndata: {}\r\n')],
    ['a count with leading zeros', event(chunkOf('a', { tail: usage(1).replace('9,', '09,') }))],
    ['a count with a sign', event(chunkOf('a', { tail: usage(1).replace('9,', '-9,') }))],
    ['a fraction', event(chunkOf('a', { tail: usage(1).replace('9,', '9.5,') }))],
    ['no count', event(chunkOf('a', { tail: usage(1).replace('9,', ',') }))],
  ])('leaves %s to the parser', (_name, other) => {
    for (const tail of ['', usage(1)]) {
      const known = ['a', 'b', 'c'].map((raw) => event(chunkOf(raw, { tail })))
      expect(matchCount([...known, other])).toBe(1)
      const all = [...known, other]
      expect(scanAll(all, 'event-stream')).toEqual(withoutTemplates(() => scanAll(all, 'event-stream')))
    }
  })

  test('takes no number for free that is not in the token counts', () => {
    const indexed = (index: number): string => event(chunkOf('a', { index, tail: usage(1) }))
    expect(matchCount([indexed(0), indexed(0), indexed(0), indexed(1), indexed(7)])).toBe(1)
  })

  test('takes no number for free if a field of that name stands elsewhere', () => {
    const odd = (count: number): string =>
      event(chunkOf('a', { candidate: `,"usageMetadata": {"n": ${count}}`, tail: usage(1) }))
    expect(matchCount([odd(1), odd(1), odd(1), odd(2)])).toBe(1)
  })

  test('knows nothing any more behind a bracket that came too early', () => {
    const units = [`[${chunkOf('a')}`, ...['b', 'c', 'd'].map((raw) => `,${chunkOf(raw)}`), ']', `,${chunkOf('e')}`]
    expect(scanAll(units, 'json-array').at(-1)).toMatchObject({ verdict: 'withhold', count: 4 })
    const scanner = new GeminiScanner({ choiceCount: 1 }, 'json-array')
    const plainOf = (unit: string): number => scanner.plainEvents.pass(Buffer.from(unit), 0)
    for (const unit of units.slice(0, 4)) scanner.scan(Buffer.from(unit), 0, unit.length)
    expect(plainOf(`,${chunkOf('x')}`)).toBeGreaterThan(0)
    scanner.scan(Buffer.from(']'), 0, 1)
    expect(plainOf(`,${chunkOf('x')}`)).toBe(0)
  })

  test('leaves chunks with two candidates to the parser: either may have changed since', () => {
    const both = event(chunkOf('a').replace('}]}', '},{"content": {"parts": [{"text": "b"}]},"index": 1}]}'))
    const stop = event('{"candidates": [{"finishReason": "STOP","index": 1}]}')
    const units = [both, both, both, stop, both]
    expect(matchCount(units)).toBe(0)
    expect(scanAll(units, 'event-stream', 2).at(-1)).toMatchObject({ state: { answers: 'open' }, count: 4 })
  })
})

const rawText = fc.oneof(
  fc.constantFrom(
    'a',
    '',
    '\\"',
    '\\\\',
    '\\u0041',
    '\\u00',
    '\\x',
    '"',
    '\\',
    '\t',
    '"}],"finishReason":"STOP","x":[{"y":"',
  ),
  fc.constantFrom('"error"', '\\"error\\"', '","thought":true,"x":"', '[DONE]', 'é👋', '\u0000'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => JSON.stringify(text).slice(1, -1)),
)
const plain = fc
  .record({
    text: rawText,
    index: fc.constantFrom(0, 0, 0, 1),
    part: fc.constantFrom(
      '',
      '',
      '',
      ',"thought":true',
      ',"thoughtSignature":"AA=="',
      ',"functionCall":{"willContinue":true}',
    ),
    candidate: fc.constantFrom(
      '',
      '',
      '',
      '',
      ',"finishReason":"STOP"',
      ',"finishReason":""',
      ',"continuationToken":"t"',
    ),
    tail: fc.oneof(
      fc.constantFrom('', '', ',"error":null', ',"promptFeedback":{"blockReason":"SAFETY"}'),
      fc.nat({ max: 200 }).map((count) => usage(count)),
    ),
  })
  .map(({ text, ...rest }) => chunkOf(text, rest))
/** Plain chunks whose fields stand in any order, as other servers may write them. */
const shuffled = fc
  .record({ text: rawText, order: fc.nat({ max: 23 }), stop: fc.boolean(), count: fc.nat({ max: 99 }) })
  .map(({ text, order, stop, count }) => {
    const fields = [`"content":{"role":"model","parts":[{"text":"${text}"}]}`, '"index":0', '"avgLogprobs":-1']
    if (stop) fields.push('"finishReason":"MAX_TOKENS"')
    const turned = [...fields.slice(order % fields.length), ...fields.slice(0, order % fields.length)]
    const top = [`"candidates":[{${turned.join(',')}}]`, `"usageMetadata":{"totalTokenCount":${count}}`]
    return `{${(order % 2 === 0 ? top : top.toReversed()).join(',')}}`
  })
const odd = fc.constantFrom(
  '{}',
  '{"usageMetadata":{"totalTokenCount":3}}',
  '{"candidates":[{"finishReason":"STOP","index":0}]}',
  '{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}',
  '{"candidates":[]}',
  '1',
)
const chunks = fc
  .array(fc.oneof({ weight: 8, arbitrary: plain }, { weight: 4, arbitrary: shuffled }, odd), { maxLength: 24 })
  // Most chunks of a stream are like the one before: only so is anything ever learned.
  .chain((some) =>
    fc
      .array(fc.nat({ max: Math.max(0, some.length - 1) }), { maxLength: 40 })
      .map((picks) => [...picks.flatMap((pick) => [some[pick] ?? '{}', some[pick] ?? '{}']), ...some]),
  )
const failure = fc.constantFrom('', '{"error":{"code":503,"message":"m"}}', '{"error":"m"}')

test('known by its bytes or parsed, an event means the same: same state, same count', () => {
  let knownCount = 0
  fc.assert(
    fc.property(chunks, failure, fc.constantFrom('\n', '\r\n'), fc.constantFrom(1, 2), (most, end, eol, count) => {
      const events = [...most, ...(end === '' ? [] : [end])].map((chunk) => event(chunk, eol))
      const parsed = withoutTemplates(() => scanAll(events, 'event-stream', count))
      expect(scanAll(events, 'event-stream', count)).toEqual(parsed)
      knownCount += matchCount(events)
    }),
    { numRuns: 700 },
  )
  expect(knownCount).toBeGreaterThan(1000)
})

/** All that a finalizer says of bytes that come in chunks of the given sizes, over and over. */
function finalize(bytes: Buffer, sizes: readonly number[], framing: Framing, choiceCount: number) {
  const finalizer = createFinalizer({ dialect: gemini, framing, request: { choiceCount }, requestId: 'req_1' })
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

test.each([': note', 'event: error', 'id: 1'])(
  'an event whose first line, %j, came before is no plain event',
  (line) => {
    const plainEvents = ['a', 'b', 'c'].map((raw) => event(chunkOf(raw), '\n'))
    const bytes = Buffer.from(`${plainEvents.join('')}${line}\n${event(chunkOf('d'), '\n')}`)
    const cut = plainEvents.join('').length + line.length + 1
    const parsed = withoutTemplates(() => finalize(bytes, [cut], 'event-stream', 1))
    expect(finalize(bytes, [cut], 'event-stream', 1)).toEqual(parsed)
    expect(parsed.eventCount).toBe(4)
  },
)

test('in chunks of any size, a stream comes out as it does when every event is parsed', () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4000 })), {
    minLength: 1,
    maxLength: 6,
  })
  const framed = fc.oneof(
    fc.constantFrom('\n', '\r\n', '\r', 'array').map((one) => [one]),
    fc.array(fc.constantFrom('\n', '\r\n', '\r', '\n\r'), { minLength: 2, maxLength: 5 }),
  )
  fc.assert(
    fc.property(chunks, failure, framed, sizes, (most, end, eols, cuts) => {
      const all = [...most, ...(end === '' ? [] : [end])]
      const isArray = eols[0] === 'array'
      const events = all.map((chunk, i) => event(chunk, eols[i % eols.length]))
      const text = isArray ? `[${all.join('\r\n,')}]\n` : events.join('')
      const bytes = Buffer.from(text)
      const framing = isArray ? 'json-array' : 'event-stream'
      const parsed = withoutTemplates(() => finalize(bytes, cuts, framing, 1))
      expect(finalize(bytes, cuts, framing, 1)).toEqual(parsed)
    }),
    { numRuns: 700 },
  )
})
