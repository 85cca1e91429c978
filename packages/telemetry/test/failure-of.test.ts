import type { ExchangeRecord } from '@stopbit/exchange'
import { expect, test } from 'vitest'
import { errorType, failureOf } from '../src/failure-of.ts'

const fault = { kind: 'body-reset' } as NonNullable<ExchangeRecord['fault']>

test.each<[facts: Partial<ExchangeRecord>, failure: string | undefined, type: string | undefined]>([
  [{ status: 200, upstreamStatus: 200, ending: 'completed' }, undefined, undefined],
  [{ status: 200, upstreamStatus: 200, ending: 'completed-sentinel' }, undefined, undefined],
  [{ status: 502, ending: 'error-status', fault, upstreamError: 'overloaded_error' }, 'body-reset', 'body-reset'],
  [{ status: 500, ending: 'error-status', misuse: 'the body was read' }, 'misuse', 'misuse'],
  [{ status: 529, ending: 'error-status', upstreamError: 'overloaded_error' }, 'upstream-error', 'upstream-error'],
  [{ status: 404, upstreamStatus: 404, ending: 'completed' }, 'status-404', undefined],
  [{ status: 503, upstreamStatus: 503, ending: 'completed' }, 'status-503', '503'],
  [{ status: 200, upstreamStatus: 529, ending: 'error' }, 'status-529', '529'],
  [{ status: 200, upstreamStatus: 200, ending: 'truncated' }, 'truncated', 'truncated'],
])('%j failed by %j, which conventions call %j', (facts, failure, type) => {
  const record = facts as ExchangeRecord
  expect([failureOf(record), errorType(record)]).toEqual([failure, type])
})
