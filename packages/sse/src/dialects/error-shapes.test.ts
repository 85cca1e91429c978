import { createFault, FAULTS, type FaultKind } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { createFinalizer } from '../finalizer/create-finalizer.ts'
import type { ErrorCause, ErrorResponse, Framing } from './dialect.ts'
import { DIALECTS, detectDialect } from './table.ts'
import { UNEXPLAINED_SENTENCE } from './upstream-error.ts'

test.each([
  ['POST', '/v1/messages', 'anthropic-messages'],
  ['POST', '/proxy/v1/messages', 'anthropic-messages'],
  ['POST', '/v1/messages/', 'anthropic-messages'],
  ['POST', '/v1/messages/count_tokens', 'anthropic-messages'],
  ['GET', '/v1/messages/batches/b_1', 'anthropic-messages'],
  ['POST', '/v1/messages2', 'opaque'],
  ['POST', '/v1/chat/completions?x=1', 'openai-chat'],
  ['POST', '/openai/deployments/d/chat/completions', 'openai-chat'],
  ['POST', '/v1/responses', 'openai-responses'],
  ['GET', '/v1/responses/resp_1?stream=true&starting_after=7', 'openai-responses'],
  ['POST', '/v1beta/models/m:streamGenerateContent?alt=sse', 'gemini'],
  ['POST', '/v1/embeddings', 'opaque'],
])('detectDialect(%s %s) is %s', (method, path, id) => {
  expect(detectDialect(method, path).id).toBe(id)
})

describe.each(DIALECTS.map((dialect) => [dialect.id, dialect] as const))('%s', (_id, dialect) => {
  test.each(Object.keys(FAULTS) as FaultKind[])('has an envelope for %s with our sentence in it', (kind) => {
    const { status, headers, body } = dialect.errorResponse({ fault: createFault(kind) }, 'req_1')
    expect(status).toBeGreaterThanOrEqual(400)
    expect(headers).toContain('application/json')
    expect(headers).toContain('req_1')
    expect(JSON.parse(body)).toMatchObject({ error: { message: FAULTS[kind].sentence } })
  })

  test.each([400, 401, 403, 408, 421, 503] as const)('has an envelope for a refusal with %d', (status) => {
    const response = dialect.errorResponse({ refusal: { status, sentence: 'Not so.' } }, 'req_1')
    expect(response.status).toBe(status === 503 && dialect.id === 'anthropic-messages' ? 529 : status)
    expect(response.headers).toContain('req_1')
    expect(JSON.parse(response.body)).toMatchObject({ error: { message: 'Not so.' } })
  })

  test('has an envelope with our sentence for an answer that says nothing', () => {
    const { status, headers, body } = dialect.errorResponse({ answer: { status: 404, data: '' } }, 'req_1')
    expect(status).toBe(404)
    expect(headers).toEqual(expect.arrayContaining(['application/json', 'req_1']))
    expect(JSON.parse(body)).toMatchObject({ error: { message: UNEXPLAINED_SENTENCE } })
  })
})

test.each(['', 'a b', 'a\r\nx: y', 'é', 'x'.repeat(201)])(
  'a request id that cannot stand in a header is left out of it: %j',
  (id) => {
    for (const dialect of DIALECTS) {
      const causes: ErrorCause[] = [
        { fault: createFault('body-reset') },
        { answer: { status: 400, data: '{"error":{"message":"m"}}' } },
      ]
      for (const cause of causes) {
        const { headers } = dialect.errorResponse(cause, id)
        expect(headers).toEqual(['content-type', 'application/json'])
        expect(dialect.errorResponse(cause, 'x'.repeat(200)).headers).toContain('x'.repeat(200))
      }
    }
  },
)

test.each([{ type: null, message: null }, { type: '', message: '' }, { type: {}, message: [] }, {}])(
  'an error of Messages has a type and a message, as its decoders want, though the upstream said %j',
  (error) => {
    const { body } = respond('anthropic-messages', { answer: { status: 429, data: JSON.stringify({ error }) } })
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'rate_limit_error', message: UNEXPLAINED_SENTENCE } })
  },
)

test('Anthropic has 529 and a small retry-after where there is no room, and forbids a retry that cannot help', () => {
  const [anthropic] = DIALECTS
  const full = anthropic?.errorResponse({ fault: createFault('pool-full') }, 'req_1')
  expect(full).toMatchObject({ status: 529, headers: expect.arrayContaining(['retry-after', '2']) })
  expect(JSON.parse(full?.body ?? '')).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } })
  const distrusted = anthropic?.errorResponse({ fault: createFault('tls-trust') }, 'req_1')
  expect(distrusted?.headers).toEqual(expect.arrayContaining(['x-should-retry', 'false']))
})

function respond(id: string, cause: ErrorCause): ErrorResponse {
  const dialect = DIALECTS.find((one) => one.id === id) ?? expect.unreachable()
  return dialect.errorResponse(cause, 'req_1')
}

test.each([
  ['anthropic-messages', 408, 'timeout_error', false],
  ['anthropic-messages', 503, 'overloaded_error', true],
  ['openai-chat', 408, 'request_timeout', false],
  ['openai-chat', 503, 'gateway_overloaded', true],
  ['openai-responses', 503, 'gateway_overloaded', true],
  ['gemini', 408, 'DEADLINE_EXCEEDED', false],
  ['gemini', 503, 'UNAVAILABLE', true],
  ['opaque', 408, 'request_timeout', false],
  ['opaque', 503, 'overloaded', false],
] as const)('%s refuses with %d as %s, and asks to wait: %s', (id, status, word, asksToWait) => {
  const { headers, body } = respond(id, { refusal: { status, sentence: 'Not now.' } })
  expect(body).toContain(`"${word}"`)
  expect(headers.includes('retry-after')).toBe(asksToWait)
})

test.each([
  ['anthropic-messages', { type: 'invalid_request_error' }, 400],
  ['anthropic-messages', { type: 'authentication_error' }, 401],
  ['anthropic-messages', { type: 'billing_error' }, 402],
  ['anthropic-messages', { type: 'permission_error' }, 403],
  ['anthropic-messages', { type: 'not_found_error' }, 404],
  ['anthropic-messages', { type: 'request_too_large' }, 413],
  ['anthropic-messages', { type: 'rate_limit_error' }, 429],
  ['anthropic-messages', { type: 'api_error' }, 500],
  ['anthropic-messages', { type: 'timeout_error' }, 504],
  ['anthropic-messages', { type: 'overloaded_error' }, 529],
  ['anthropic-messages', { type: 'new_error' }, 502],
  ['anthropic-messages', { code: 429 }, 429],
  ['openai-chat', { code: 429 }, 429],
  ['openai-chat', { code: '503' }, 503],
  ['openai-chat', { code: 200, type: 'server_error' }, 500],
  ['openai-chat', { type: 'invalid_request_error', code: null }, 400],
  ['openai-chat', { type: 'invalid_request_error', code: 'invalid_api_key' }, 401],
  ['openai-chat', { type: 'invalid_request_error', code: 'model_not_found' }, 404],
  ['openai-chat', { type: 'invalid_request_error', code: 'context_length_exceeded' }, 400],
  ['openai-chat', { type: 'insufficient_quota', code: 'insufficient_quota' }, 429],
  ['openai-chat', { type: 'tokens', code: 'rate_limit_exceeded' }, 429],
  ['openai-chat', { type: 'AuthenticationError' }, 401],
  ['openai-chat', { type: 'overloaded_error' }, 503],
  ['openai-chat', { type: 'new', code: 'word' }, 502],
  ['openai-responses', { code: 'server_error' }, 500],
  ['openai-responses', { code: 'server_is_overloaded' }, 503],
  ['openai-responses', { code: 'rate_limit_exceeded' }, 429],
  ['openai-responses', { code: 'invalid_prompt' }, 400],
  ['gemini', { code: 418, status: 'NOT_FOUND' }, 418],
  ['gemini', { code: 3, status: 'INVALID_ARGUMENT' }, 400],
  ['gemini', { status: 'UNAUTHENTICATED' }, 401],
  ['gemini', { status: 'PERMISSION_DENIED' }, 403],
  ['gemini', { status: 'NOT_FOUND' }, 404],
  ['gemini', { status: 'RESOURCE_EXHAUSTED' }, 429],
  ['gemini', { status: 'INTERNAL' }, 500],
  ['gemini', { status: 'UNAVAILABLE' }, 503],
  ['gemini', { status: 'DEADLINE_EXCEEDED' }, 504],
  ['gemini', { status: 'FAILED_PRECONDITION' }, 400],
  ['gemini', { status: 'NEW' }, 502],
])('%s gives the error %j, told in a stream, its status %d, and keeps its words', (id, error, status) => {
  const said = { ...error, message: 'So it is.', more: { of: ['it'] } }
  const response = respond(id, { answer: { data: JSON.stringify({ error: said }) } })
  expect(response.status).toBe(status)
  const { code: _, ...kept } = said as typeof said & { code?: unknown } // only Gemini's code is made one that clients take
  expect(JSON.parse(response.body)).toMatchObject({ error: id === 'gemini' ? kept : said })
})

test('Anthropic has a whole envelope, also around the error of a vendor that leaves the type out', () => {
  const { body } = respond('anthropic-messages', {
    answer: { status: 429, data: '{"error":{"message":"m","code":7}}' },
  })
  expect(JSON.parse(body)).toEqual({
    type: 'error',
    error: { message: 'm', code: 7, type: 'rate_limit_error' },
    request_id: 'req_1',
  })
})

test('opaque passes on any JSON object that the upstream has answered, as it is', () => {
  const data = '{ "fault": { "id": 12345678901234567890 } }'
  expect(respond('opaque', { answer: { status: 409, data } })).toMatchObject({ status: 409, body: data })
})

/** An error event of each form, its data, and the status and the words that are made of it while no head was sent. */
const EVENTS: readonly (readonly [id: string, event: string, data: string, status: number])[] = [
  [
    'anthropic-messages',
    'event: error\n',
    '{"type":"error","error":{"type":"overloaded_error","message":"Busy."}}',
    529,
  ],
  ['anthropic-messages', '', '{"type":"error","error":{"type":"api_error","message":"Busy."}}', 500],
  ['openai-chat', '', '{"error":{"type":"server_error","message":"Busy."}}', 500],
  ['openai-chat', '', '{"id":"g","choices":[],"error":{"code":503,"message":"Busy."}}', 503],
  ['openai-chat', '', '{"object":"error","message":"Busy.","code":400}', 400],
  ['openai-chat', 'event: error\n', '{"message":"Busy.","code":"rate_limit_exceeded"}', 429],
  ['openai-responses', 'event: error\n', '{"type":"error","code":"server_error","message":"Busy.","param":null}', 500],
  [
    'openai-responses',
    'event: error\n',
    '{"type":"error","error":{"code":"rate_limit_exceeded","message":"Busy."}}',
    429,
  ],
  ['gemini', '', '{"error":{"code":503,"message":"Busy.","status":"UNAVAILABLE"}}', 503],
  ['gemini', 'event: error\n', '{"error":{"code":429,"message":"Busy.","status":"RESOURCE_EXHAUSTED"}}', 429],
]

function failedOn(id: string, sent: string, framing: Framing = 'event-stream'): { readonly error: string } {
  const dialect = DIALECTS.find((one) => one.id === id) ?? expect.unreachable()
  const finalizer = createFinalizer({ dialect, framing, request: {}, requestId: 'req_1' })
  finalizer.push(Buffer.from(sent), () => undefined)
  return finalizer.state.phase === 'failed' ? finalizer.state : expect.unreachable()
}

test.each(EVENTS)('%s keeps the data of the error event %j%j for a response with %d', (id, name, data, status) => {
  const { error } = failedOn(id, `${name}data: ${data}\n\n`)
  expect(error).toBe(data)
  const response = respond(id, { answer: { data: error } })
  expect(response.status).toBe(status)
  expect(JSON.parse(response.body)).toMatchObject({ error: { message: 'Busy.' } })
})

test('data in several lines is kept as one, data that is no JSON as it is', () => {
  const lines = 'event: error\ndata: {"type":"error",\ndata: "error":{}}\n\n'
  expect(failedOn('anthropic-messages', lines).error).toBe('{"type":"error", "error":{}}')
  expect(failedOn('anthropic-messages', 'event: error\ndata: Busy.\n\n').error).toBe('Busy.')
  expect(failedOn('openai-chat', 'event: error\ndata: Busy.\n\n').error).toBe('Busy.')
})

test('Gemini keeps an error that is an element of an array, or stands for one', () => {
  const error = '{"error":{"code":503,"message":"Busy."}}'
  expect(failedOn('gemini', `[${error}\n,`, 'json-array').error).toBe(error)
  expect(failedOn('gemini', `{"error":{"message":"Busy."}}`, 'json-array').error).toBe('{"error":{"message":"Busy."}}')
  expect(failedOn('gemini', '{\n"error":{"code":"429"}\n}\n\n').error).toBe('{ "error":{"code":"429"} }')
})

test('Responses keeps nothing of a response that failed but its error: the prompt is in it', () => {
  const response = { instructions: 'x'.repeat(99_999), error: { code: 'rate_limit_exceeded', message: 'Busy.' } }
  const data = JSON.stringify({ type: 'response.failed', response })
  const { error } = failedOn('openai-responses', `event: response.failed\ndata: ${data}\n\n`)
  expect(error).toBe(JSON.stringify({ error: response.error }))
  expect(respond('openai-responses', { answer: { data: error } }).status).toBe(429)
})
