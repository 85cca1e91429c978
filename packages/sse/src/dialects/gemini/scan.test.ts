import { describe, expect, test } from 'vitest'
import type { Framing } from '../dialect.ts'
import { GeminiScanner, type GeminiState } from './scan.ts'

type Json = Readonly<Record<string, unknown>>

function chunk(parts: readonly Json[], more: Json = {}): Json {
  return { candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }] }
}

const TEXT = chunk([{ text: 'Hi' }])
const STOP = chunk([{ text: '' }], { finishReason: 'STOP' })
const USAGE = { usageMetadata: { totalTokenCount: 3 } }

function event(data: Json): string {
  return `data: ${JSON.stringify(data)}\r\n\r\n`
}

function scanAll(units: readonly (Json | string)[], choiceCount?: number, framing: Framing = 'event-stream') {
  const scanner = new GeminiScanner(choiceCount === undefined ? {} : { choiceCount }, framing)
  const results = units.map((unit) => {
    const bytes = Buffer.from(typeof unit === 'string' ? unit : event(unit))
    return scanner.scan(bytes, 0, bytes.length)
  })
  return { scanner, results, state: scanner.state }
}

describe('the state', () => {
  test.each<[string, readonly (Json | string)[], Partial<GeminiState>]>([
    ['is idle before anything', [], { phase: 'idle' }],
    ['is idle behind a comment', [': c\n\n'], { phase: 'idle' }],
    ['is idle behind usage alone', [USAGE], { phase: 'idle' }],
    ['is open behind text', [TEXT], { phase: 'open', answers: 'open', unfinished: [0] }],
    ['is open behind an empty candidate', [{ candidates: [{}] }], { phase: 'open' }],
    ['is stopping behind a finish reason', [TEXT, STOP], { phase: 'stopping', stopReason: 'STOP', unfinished: [] }],
    ['is stopping while usage follows', [TEXT, STOP, USAGE], { phase: 'stopping', stopReason: 'STOP' }],
    ['is open behind CONTINUATION', [TEXT, chunk([], { finishReason: 'CONTINUATION' })], { phase: 'open' }],
    [
      'is open behind an unspecified reason',
      [chunk([], { finishReason: 'FINISH_REASON_UNSPECIFIED' })],
      { phase: 'open' },
    ],
    [
      'is open when text follows CONTINUATION',
      [chunk([], { finishReason: 'CONTINUATION' }), TEXT],
      { answers: 'open' },
    ],
    ['is stopping behind a block reason', [{ promptFeedback: { blockReason: 'SAFETY' } }], { phase: 'stopping' }],
    ['is idle behind feedback without a reason', [{ promptFeedback: { safetyRatings: [] } }], { phase: 'idle' }],
    [
      'is idle behind an unspecified block',
      [{ promptFeedback: { blockReason: 'BLOCKED_REASON_UNSPECIFIED' } }],
      { phase: 'idle' },
    ],
    ['ignores what is no JSON', [TEXT, 'data: [DONE]\n\n', 'data: {"candidates":[\n\n'], { phase: 'open' }],
    ['ignores what is no candidate', [{ candidates: [null, 3] }, { candidates: {} }], { phase: 'idle' }],
    ['is open for a whole function call', [chunk([{ functionCall: { name: 'f', args: {} } }])], { phase: 'open' }],
  ])('%s', (_claim, units, expected) => {
    expect(scanAll(units, 1).state).toMatchObject(expected)
  })

  test('is never stopping while the number of candidates is unknown, unless the prompt was blocked', () => {
    expect(scanAll([TEXT, STOP]).state).toMatchObject({ phase: 'open', answers: 'ended' })
    expect(scanAll([{ promptFeedback: { blockReason: 'OTHER' } }]).state.phase).toBe('stopping')
  })

  test('is stopping when the last of several candidates has finished', () => {
    const second = { candidates: [{ content: { parts: [{ text: 'B' }] }, finishReason: 'MAX_TOKENS', index: 1 }] }
    expect(scanAll([TEXT, STOP], 2).state).toMatchObject({ phase: 'open', answers: 'open' })
    expect(scanAll([TEXT, STOP, second], 2).state.phase).toBe('stopping')
    expect(scanAll([TEXT, second], 2).state).toMatchObject({ phase: 'open', unfinished: [0] })
    expect(scanAll([STOP, { candidates: [{ index: 1 }] }], 1).state).toMatchObject({ phase: 'open', unfinished: [1] })
  })

  test('is a block while a function call is in pieces, also behind a finish reason', () => {
    const piece = chunk([{ functionCall: { name: 'f', willContinue: true } }])
    const args = chunk([{ functionCall: { partialArgs: [{ jsonPath: '$.a', stringValue: 'x', willContinue: true }] } }])
    const blocks = new Map([[0, 'functionCall']])
    expect(scanAll([piece], 1).state).toMatchObject({ phase: 'block', blocks })
    expect(scanAll([piece, args, STOP], 1).state).toMatchObject({ phase: 'block', blocks })
    expect(scanAll([piece, args, chunk([{ functionCall: {} }])], 1).state.phase).toBe('open')
    expect(scanAll([piece, args, chunk([{ functionCall: {} }]), STOP], 1).state.phase).toBe('stopping')
  })

  test('trusts no finish reason of a model that puts one into every chunk', () => {
    const every = chunk([{ text: 'Hi' }], { finishReason: 'STOP' })
    expect(scanAll([every, every], 1).state).toMatchObject({ phase: 'open', answers: 'ended', unfinished: [0] })
  })

  test('is done at the closing bracket of an array, and stopping before it', () => {
    const units = [`[${JSON.stringify(TEXT)}`, `,\r\n${JSON.stringify(STOP)}`, '\r\n]\n']
    expect(scanAll(units.slice(0, 2), 1, 'json-array').state).toMatchObject({ phase: 'stopping', body: 'open-array' })
    expect(scanAll(units, 1, 'json-array').state).toMatchObject({ phase: 'done', body: 'closed' })
    expect(scanAll(units, undefined, 'json-array').state.phase).toBe('done')
  })

  test('stays what it is at a bracket that closes an array too early, which is withheld with all behind it', () => {
    const units = [`[${JSON.stringify(TEXT)}`, ']', '\n', `,${JSON.stringify(STOP)}`]
    const { results, state, scanner } = scanAll(units, 1, 'json-array')
    expect(results).toEqual(['forward', 'withhold', 'withhold', 'withhold'])
    expect(state).toMatchObject({ phase: 'open', body: 'open-array', unfinished: [0] })
    expect(scanner.modelDataCount).toBe(1)
    expect(scanAll(['[]'], 1, 'json-array').state).toMatchObject({ phase: 'idle', body: 'unopened-array' })
    const usage = scanAll([`[${JSON.stringify(USAGE)}`, ']'], 1, 'json-array')
    expect(usage).toMatchObject({ results: ['forward', 'withhold'], state: { phase: 'idle', body: 'open-array' } })
  })

  test('is done at the bracket of an array with fewer candidates than were asked for', () => {
    const units = [`[${JSON.stringify(TEXT)}`, `,${JSON.stringify(STOP)}`, ']']
    expect(scanAll(units, 2, 'json-array')).toMatchObject({
      results: ['forward', 'forward', 'forward'],
      state: { phase: 'done', body: 'closed' },
    })
  })

  test('is done behind a JSON value that is no array', () => {
    expect(scanAll([JSON.stringify(TEXT)], 1, 'json-array').state).toMatchObject({ phase: 'done', body: 'closed' })
  })
})

describe('an error of the upstream', () => {
  const error = { code: 429, message: 'm', status: 'RESOURCE_EXHAUSTED' }
  const data = JSON.stringify({ error })

  test.each([`data: ${data}\r\n\r\n`, `data:${data}\n\n`, `\n`.concat(`data: ${data}\n\n`)])(
    'passes as %j: clients understand it',
    (unit) => {
      const { results, state } = scanAll([TEXT, unit], 1)
      expect(results[1]).toBe('forward')
      expect(state).toMatchObject({ phase: 'failed', errorType: 'RESOURCE_EXHAUSTED' })
      expect(state).not.toHaveProperty('untold')
    },
  )

  test.each([
    ['with an event line', `event: error\ndata: ${data}\n\n`],
    ['behind a comment', `: oh\ndata: ${data}\n\n`],
    ['with an event line behind it', `data: ${data}\nevent: error\n\n`],
    ['with an id', `id: 3\ndata: ${data}\n\n`],
    ['in two lines', `data: {"error":\ndata: ${JSON.stringify(error)}}\n\n`],
    ['as plain JSON', `{"error":\n${JSON.stringify(error)}}\n\n`],
  ])('is withheld %s, and said again as it was', (_name, unit) => {
    const { results, state } = scanAll([TEXT, unit], 1)
    expect(results[1]).toBe('withhold')
    expect(state).toMatchObject({ phase: 'failed', errorType: 'RESOURCE_EXHAUSTED', untold: data })
  })

  test.each([
    ['a code that is no number', 'data: {"error":{"code":"503","message":"m"}}\n\n', 503],
    ['no code', 'data: {"error":{"type":"overloaded_error","message":"m"}}\n\n', 500],
    ['a text', 'data: {"error":"m"}\n\n', 500],
    ['no JSON', 'event: error\ndata: m\n\n', 500],
  ])('is withheld with %s, and said again with a code', (_name, unit, code) => {
    const { results, state } = scanAll([TEXT, unit], 1)
    expect(results[1]).toBe('withhold')
    expect(JSON.parse((state as { untold: string }).untold)).toMatchObject({ error: { code, message: 'm' } })
  })

  test('in an array passes as an element, but not without a code', () => {
    const start = `[${JSON.stringify(TEXT)}`
    expect(scanAll([start, `,${data}`], 1, 'json-array')).toMatchObject({ results: ['forward', 'forward'] })
    const odd = scanAll([start, ',{"error":"m"}'], 1, 'json-array')
    expect(odd).toMatchObject({ results: ['forward', 'withhold'], state: { phase: 'failed', body: 'open-array' } })
  })

  test('that is null is none', () => {
    expect(scanAll([{ ...TEXT, error: null }], 1).state.phase).toBe('open')
  })
})

describe('model data', () => {
  test.each<[string, Json, number]>([
    ['text', { text: 'a' }, 1],
    ['a thought', { text: 'a', thought: true }, 1],
    ['a function call', { functionCall: { name: 'f' } }, 1],
    ['an image', { inlineData: { mimeType: 'image/png', data: 'AA==' } }, 1],
    ['code', { executableCode: { code: '1' } }, 1],
    ['a kind that is still unknown', { hologram: {} }, 1],
    ['an empty text', { text: '' }, 0],
    ['an empty thought', { text: '', thought: true }, 0],
    ['a signature', { text: '', thoughtSignature: 'AA==' }, 0],
  ])('counts %s as it should', (_name, part, count) => {
    expect(scanAll([chunk([part])]).scanner.modelDataCount).toBe(count)
    expect(scanAll([TEXT, chunk([part])]).scanner.modelDataCount).toBe(1 + count)
  })

  test('is not in usage, comments or a finish reason', () => {
    expect(scanAll([USAGE, ': c\n\n', STOP], 1).scanner.modelDataCount).toBe(0)
  })
})
