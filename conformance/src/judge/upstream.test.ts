import { expect, test } from 'vitest'
import { evidenceOf, START } from '../../test/evidence-of.ts'
import { judgeUp1, judgeUp2 } from './upstream.ts'

const ANSWERED = { sent: START, received: START }

test.each([
  ['one request passes', ANSWERED, 'pass'],
  ['two requests fail', { ...ANSWERED, requestCount: 2 }, 'fail'],
  [
    'two requests pass where the trace allows them',
    { ...ANSWERED, requestCount: 2, traceId: 'pool/idle-close-race' },
    'pass',
  ],
])('UP-1: %s', (_, sketch, verdict) => {
  expect(judgeUp1(evidenceOf(sketch)).verdict).toBe(verdict)
})

test('UP-1 lets a declared retry policy raise the number', () => {
  expect(judgeUp1({ ...evidenceOf({ ...ANSWERED, requestCount: 2 }), policyRetry: 2 }).verdict).toBe('pass')
})

test('UP-2 is not tested when no abort was watched, and fails when the connection was kept', () => {
  expect(judgeUp2(evidenceOf({})).verdict).toBe('not-tested')
  expect(judgeUp2({ ...evidenceOf({}), aborts: [{ withinMs: 1_000, afterMs: 30 }] }).verdict).toBe('pass')
  expect(judgeUp2({ ...evidenceOf({}), aborts: [{ withinMs: 1_000, afterMs: undefined }] }).verdict).toBe('fail')
})
