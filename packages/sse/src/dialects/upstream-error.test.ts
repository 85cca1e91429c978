import Anthropic from '@anthropic-ai/sdk'
import { ApiError as GeminiApiError, GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { DECODERS } from '../../oracle/decoders/all.ts'
import { observe } from '../../oracle/decoders/observe.ts'
import type { ClosingContext, Dialect, Framing, UpstreamError } from './dialect.ts'
import { DIALECTS } from './table.ts'
import { readUpstreamError, toErrorData, toErrorStatus, UNEXPLAINED_SENTENCE } from './upstream-error.ts'

function dialectOf(id: string): Dialect {
  return DIALECTS.find((dialect) => dialect.id === id) ?? expect.unreachable()
}

describe('readUpstreamError()', () => {
  test.each([
    ['an envelope', { error: { type: 't', message: 'm', extra: [1] } }, { type: 't', message: 'm', extra: [1] }],
    ['a Messages envelope', { type: 'error', error: { message: 'm' }, request_id: 'r' }, { message: 'm' }],
    ['an array of Gemini', [{ error: { code: 429, message: 'm' } }], { code: 429, message: 'm' }],
    [
      'a chunk of OpenRouter',
      { id: 'gen-1', choices: [{ finish_reason: 'error' }], error: { code: 502, message: 'm', metadata: {} } },
      { code: 502, message: 'm', metadata: {} },
    ],
    [
      'the error of vLLM',
      { object: 'error', message: 'm', type: 'BadRequestError', param: null, code: 400 },
      { message: 'm', type: 'BadRequestError', param: null, code: 400 },
    ],
    [
      'the flat event of Responses',
      { type: 'error', sequence_number: 3, code: 'c', message: 'm', param: null },
      { code: 'c', message: 'm', param: null },
    ],
    ['the nested event of Responses', { type: 'error', sequence_number: 3, error: { code: 'c' } }, { code: 'c' }],
    [
      'a response that failed',
      { type: 'response.failed', response: { id: 'r', error: { code: 'c', message: 'm' } } },
      { code: 'c', message: 'm' },
    ],
    ['a text', { error: 'model not found' }, { message: 'model not found' }],
    ['a text with a type', { error: 'm', error_type: 'overloaded' }, { message: 'm', type: 'overloaded' }],
    ['a short and a long text', { error: 'Not Found', message: 'No such model' }, { message: 'No such model' }],
    ['a bare message', { message: 'm', code: 7 }, { message: 'm', code: 7 }],
    ['a detail', { detail: 'Not Found' }, { message: 'Not Found' }],
  ])('finds the error in %s', (_name, said, error) => {
    expect(readUpstreamError(JSON.stringify(said))).toEqual(error)
  })

  test.each(['', '<html>502</html>', 'upstream connect error', '"text"', '7', 'null', '{}', '[]', '[null]'])(
    'finds none in %j',
    (data) => {
      expect(readUpstreamError(data)).toBeUndefined()
    },
  )

  test.each([{ error: null }, { error: '' }, { error: [] }, { message: {} }, { detail: [{}] }, { response: {} }])(
    'finds none in %j',
    (said) => {
      expect(readUpstreamError(JSON.stringify(said))).toBeUndefined()
    },
  )
})

test('toErrorData() makes one line of JSON, keeps what is none, and nothing that is larger than 16 KiB', () => {
  expect(toErrorData('{\r\n"a":\n1}\n')).toBe('{ "a": 1}')
  expect(toErrorData('not\nJSON')).toBe('not\nJSON')
  expect(toErrorData('x'.repeat(16_384))).toHaveLength(16_384)
  expect(toErrorData('x'.repeat(16_385))).toBe('')
  expect(toErrorData('ü'.repeat(8_193))).toBe('')
})

test('toErrorStatus() takes numbers and texts that are the status of an error, and nothing else', () => {
  expect([400, '404', 599].map(toErrorStatus)).toEqual([400, 404, 599])
  for (const odd of [200, 399, 600, 404.5, '40', '', null, undefined, true, [404], { toString: 1 }, { valueOf: 1 }]) {
    expect(toErrorStatus(odd)).toBeUndefined()
  }
})

/** What each API says in its own words, and the type that the record gets. */
const ANSWERS: Readonly<Record<string, { readonly said: object; readonly type: string }>> = {
  'anthropic-messages': {
    said: { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down, please.' }, request_id: 'req_0' },
    type: 'rate_limit_error',
  },
  'openai-chat': {
    said: { object: 'error', message: 'Slow down, please.', type: 'RateLimitError', param: null, code: 429 },
    type: 'RateLimitError',
  },
  'openai-responses': {
    said: { error: { message: 'Slow down, please.', type: 'tokens', param: null, code: 'rate_limit_exceeded' } },
    type: 'rate_limit_exceeded',
  },
  gemini: {
    said: [{ error: { code: 429, message: 'Slow down, please.', status: 'RESOURCE_EXHAUSTED' } }],
    type: 'RESOURCE_EXHAUSTED',
  },
}

const CONTEXT: ClosingContext = {
  fault: undefined,
  policy: 'error',
  openEvent: new Uint8Array(0),
  lineEnding: '\n',
  requestId: 'req_1',
}

/** The body of a stream whose head, and one comment, were sent before the upstream answered. */
function bodyOf(dialect: Dialect, answer: UpstreamError, framing?: Framing): string {
  const { ending, bytes } = dialect.close(dialect.failedState(answer, framing), CONTEXT)
  expect(ending).toBe('error')
  return (framing === 'json-array' ? '' : ': stopbit\n\n') + Buffer.from(bytes).toString()
}

describe.each(DECODERS.map((decoder) => [decoder.id, decoder] as const))('%s', (_id, decoder) => {
  const dialect = dialectOf(decoder.dialect)
  const { said } = ANSWERS[decoder.dialect] ?? expect.unreachable()

  test.each([
    ["the upstream's words", { status: 429, data: JSON.stringify(said) }, 'Slow down, please.'],
    ['our sentence for HTML', { status: 502, data: '<html>' }, UNEXPLAINED_SENTENCE],
    ['our sentence for nothing', { status: 403, data: '' }, UNEXPLAINED_SENTENCE],
  ])('reads a failed state as a typed error with %s', async (_name, answer, sentence) => {
    const chunks = [Buffer.from(bodyOf(dialect, answer))]
    const { outcome, message, text } = await observe(decoder, { chunks, contentType: 'text/event-stream' }, {})
    expect([outcome, text]).toEqual(['typed-error', ['']])
    expect(message).toContain(sentence)
  })
})

describe('failedState()', () => {
  test.each(Object.entries(ANSWERS))('of %s names the error and keeps its data', (id, { said, type }) => {
    const data = JSON.stringify(said, null, 2)
    const state = dialectOf(id).failedState({ status: 429, data })
    expect(state).toMatchObject({ phase: 'failed', errorType: type, error: data.replaceAll('\n', ' ') })
  })

  test.each([
    ['anthropic-messages', 'overloaded_error'],
    ['openai-chat', 'server_error'],
    ['openai-responses', 'upstream_overloaded'],
    ['gemini', 'UNAVAILABLE'],
    ['opaque', 'unknown'],
  ])('of %s has a type for a 503 without a word', (id, type) => {
    const data = 'upstream connect error: 10.0.0.7:443'
    const state = dialectOf(id).failedState({ status: 503, data })
    expect(state).toMatchObject({ phase: 'failed', errorType: type, error: data })
    expect(Buffer.from(dialectOf(id).close(state, CONTEXT).bytes).toString()).not.toContain('10.0.0.7')
  })

  test('of Gemini says it in the one element of an array, too', () => {
    const gemini = dialectOf('gemini')
    const { said } = ANSWERS['gemini'] ?? expect.unreachable()
    expect(JSON.parse(bodyOf(gemini, { status: 429, data: JSON.stringify(said) }, 'json-array'))).toEqual(said)
    expect(JSON.parse(bodyOf(gemini, { status: 400, data: '' }, 'json-array'))).toEqual([
      { error: { code: 400, message: UNEXPLAINED_SENTENCE, status: 'INVALID_ARGUMENT' } },
    ])
  })

  test('of Messages keeps the name that the upstream gave the request, for people to ask by', () => {
    const { said } = ANSWERS['anthropic-messages'] ?? expect.unreachable()
    const answer = { status: 429, data: JSON.stringify(said) }
    const anthropic = dialectOf('anthropic-messages')
    const [, name, data = ''] = bodyOf(anthropic, answer).split('\n').filter(Boolean)
    expect(name).toBe('event: error')
    expect(JSON.parse(data.slice('data: '.length))).toEqual(said)
    expect(JSON.parse(anthropic.errorResponse({ answer }, 'req_1').body)).toEqual(said)
  })

  test('of Responses is created, the whole error, and response.failed', () => {
    const error = { message: 'No.', type: 'invalid_request_error', param: 'x', code: 'invalid_prompt' }
    const body = bodyOf(dialectOf('openai-responses'), { status: 400, data: JSON.stringify({ error }) })
    const events = body.split('\n\n').slice(1, -1)
    const data = events.map((event) => JSON.parse(event.replace(/^event: .*\ndata: /, '')) as object)
    expect(data).toMatchObject([
      { type: 'response.created', sequence_number: 0 },
      { type: 'error', sequence_number: 1, error },
      { type: 'response.failed', sequence_number: 2, response: { error: { code: 'invalid_prompt', message: 'No.' } } },
    ])
  })

  test('of an unknown stream leaves the body incomplete: nothing can be said in it', () => {
    const opaque = dialectOf('opaque')
    const closing = opaque.close(opaque.failedState({ status: 500, data: '{"error":{"type":"t"}}' }), CONTEXT)
    expect(closing).toEqual({ ending: 'incomplete', bytes: new Uint8Array(0) })
  })
})

/** Asks with a real SDK, whose `fetch` gets this answer. */
const ASK: Readonly<Record<string, (fetch: typeof globalThis.fetch) => Promise<unknown>>> = {
  'anthropic-messages': (fetch) =>
    new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 }).messages.create({ model: 'm', max_tokens: 1, messages: [] }),
  'openai-chat': (fetch) =>
    new OpenAI({ apiKey: 'k', fetch, maxRetries: 0 }).chat.completions.create({ model: 'm', messages: [] }),
  'openai-responses': (fetch) => new OpenAI({ apiKey: 'k', fetch, maxRetries: 0 }).responses.create({ input: 'Hi' }),
  gemini: (fetch) =>
    new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } }).models.generateContent({ model: 'm', contents: 'Hi' }),
}

describe.each(Object.entries(ASK))("the SDK's error of an answer in %s", (id, ask) => {
  const { said } = ANSWERS[id] ?? expect.unreachable()

  test.each([
    ["the upstream's status and words", { status: 418, data: JSON.stringify(said) }, 418, 'Slow down, please.'],
    ["the upstream's words, and the status of its type", { data: JSON.stringify(said) }, 429, 'Slow down, please.'],
    ["the upstream's status and our sentence", { status: 503, data: '<html>' }, 503, UNEXPLAINED_SENTENCE],
    ['502 and our sentence if nothing is known', { data: '' }, 502, UNEXPLAINED_SENTENCE],
    ['502 for a status that is no error', { status: 302, data: '' }, 502, UNEXPLAINED_SENTENCE],
  ])('has %s', async (_name, answer, status, sentence) => {
    const { body, headers, ...response } = dialectOf(id).errorResponse({ answer }, 'req_1')
    expect(headers.slice(0, 2)).toEqual(['content-type', 'application/json'])
    const init = { status: response.status, headers: { 'content-type': 'application/json' } }
    const error: unknown = await ask(async () => new Response(body, init)).catch((thrown: unknown) => thrown)
    const isTyped = [Anthropic.APIError, OpenAI.APIError, GeminiApiError].some((type) => error instanceof type)
    expect(isTyped).toBe(true)
    expect(error).toMatchObject({ status, message: expect.stringContaining(sentence) })
  })
})
