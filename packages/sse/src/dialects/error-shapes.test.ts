import { createFault, FAULTS, type FaultKind } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { DIALECTS, detectDialect } from './table.ts'

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

  test('has an envelope for a refusal', () => {
    const refusal = { status: 403, sentence: 'Not from here.' } as const
    const { status, body } = dialect.errorResponse({ refusal }, 'req_1')
    expect(status).toBe(403)
    expect(JSON.parse(body)).toMatchObject({ error: { message: 'Not from here.' } })
  })
})

test('Anthropic has 529 and a small retry-after where there is no room, and forbids a retry that cannot help', () => {
  const [anthropic] = DIALECTS
  const full = anthropic?.errorResponse({ fault: createFault('pool-full') }, 'req_1')
  expect(full).toMatchObject({ status: 529, headers: expect.arrayContaining(['retry-after', '2']) })
  expect(JSON.parse(full?.body ?? '')).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } })
  const distrusted = anthropic?.errorResponse({ fault: createFault('tls-trust') }, 'req_1')
  expect(distrusted?.headers).toEqual(expect.arrayContaining(['x-should-retry', 'false']))
})
