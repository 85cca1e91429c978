import { expect, test } from 'vitest'
import { dataEvents } from '../../test/dialect-events.ts'
import { evidenceOf, type ExchangeSketch } from '../../test/evidence-of.ts'
import { judgeConn3 } from './next-response.ts'

const FIRST = dataEvents({ choices: [], id: 'first' })
const HALF = 'data: {"id":"half an ev'
const SECOND = dataEvents({ choices: [], id: 'second' })
const LOST = dataEvents({ error: { message: 'Lost.' } })
const failed: ExchangeSketch = {
  traceId: 'openai-chat/next-request-after-cut',
  sent: FIRST + HALF,
  received: FIRST + LOST,
}

function verdictOf(...next: readonly ExchangeSketch[]): string {
  return judgeConn3(evidenceOf(failed, ...next)).verdict
}

test.each([
  ['its own answer passes', { sent: SECOND, received: SECOND }, 'pass'],
  ['an event of the failed one fails', { sent: SECOND, received: FIRST + SECOND }, 'fail'],
  ['half an event of the failed one fails', { sent: SECOND, received: HALF + SECOND }, 'fail'],
  ['the same words in its own answer pass', { sent: FIRST, received: FIRST }, 'pass'],
  ['another JSON body fails', { sent: '{"id":"2"}', received: FIRST, contentType: 'application/json' }, 'fail'],
] as const satisfies readonly (readonly [string, ExchangeSketch, string])[])(
  'CONN-3, for the next response: %s',
  (_, next, verdict) => {
    expect(verdictOf(next)).toBe(verdict)
  },
)

test('CONN-3 lets the target close the connection', () => {
  expect(judgeConn3(evidenceOf(failed))).toEqual({ verdict: 'pass', because: 'the target closed the connection' })
})

test('CONN-3 counts bytes that belong to no response', () => {
  const evidence = evidenceOf({ ...failed, strayBytes: 12 }, { sent: SECOND, received: SECOND })
  expect(judgeConn3(evidence)).toMatchObject({ verdict: 'fail', because: expect.stringContaining('12 bytes') })
})

test('CONN-3 is not tested by a trace in which no connection carries two requests', () => {
  expect(judgeConn3(evidenceOf({ sent: FIRST, received: FIRST })).verdict).toBe('not-tested')
})
