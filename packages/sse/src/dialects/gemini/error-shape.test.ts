import { createFault, FAULTS, type FaultKind } from '@stopbit/faults'
import { expect, test } from 'vitest'
import { UNEXPLAINED_SENTENCE } from '../upstream-error.ts'
import { errorResponse, toUnderstood } from './error-shape.ts'

test.each([
  ['refused', 503, 'UNAVAILABLE'],
  ['closed-before-headers', 503, 'UNAVAILABLE'],
  ['headers-timeout', 504, 'DEADLINE_EXCEEDED'],
  ['body-timeout', 504, 'DEADLINE_EXCEEDED'],
  ['pool-full', 503, 'UNAVAILABLE'],
  ['internal', 500, 'INTERNAL'],
] as const)('errorResponse() of %s is a %d %s', (kind, code, status) => {
  const response = errorResponse({ fault: createFault(kind) }, 'req_1')
  expect(response.status).toBe(code)
  expect(response.headers.slice(0, 4)).toEqual(['content-type', 'application/json', 'x-request-id', 'req_1'])
  const error = { code, message: FAULTS[kind].sentence, status }
  expect(JSON.parse(response.body)).toEqual({ error, request_id: 'req_1' })
})

test.each(Object.keys(FAULTS) as FaultKind[])(
  'errorResponse() of %s asks to wait only where there is no room',
  (kind) => {
    const { headers } = errorResponse({ fault: createFault(kind) }, 'req_1')
    expect(headers.includes('retry-after')).toBe(FAULTS[kind].status === 503)
  },
)

test.each([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [421, 'FAILED_PRECONDITION'],
] as const)('errorResponse() of a refusal with %d says %s', (status, word) => {
  const response = errorResponse({ refusal: { status, sentence: 'Not so.' } }, 'req_1')
  expect(response.status).toBe(status)
  expect(response.headers).not.toContain('retry-after')
  expect(JSON.parse(response.body)).toMatchObject({ error: { code: status, message: 'Not so.', status: word } })
})

test.each([
  [
    { code: 429, message: 'm', status: 'S', details: [1] },
    { code: 429, message: 'm', status: 'S', details: [1] },
  ],
  [
    { code: '429', message: 'm' },
    { code: 429, message: 'm', status: 'RESOURCE_EXHAUSTED' },
  ],
  [
    { message: 'm', status: 'UNAVAILABLE' },
    { code: 503, message: 'm', status: 'UNAVAILABLE' },
  ],
  [
    { code: 14, message: 'm' },
    { code: 500, message: 'm', status: 'INTERNAL' },
  ],
  ['overloaded', { code: 500, message: 'overloaded', status: 'INTERNAL' }],
  [true, { code: 500, message: UNEXPLAINED_SENTENCE, status: 'INTERNAL' }],
])('toUnderstood(%j) keeps what the error says and gives it a code', (error, expected) => {
  expect(toUnderstood(error)).toEqual(expected)
})
