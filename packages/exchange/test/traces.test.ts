import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseTrace } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { RETRY_POLICIES } from '../src/retry-policy.ts'
import { playTrace } from './play-trace.ts'

const FOLDER = join(import.meta.dirname, '../../../conformance/traces')
const traces = globSync('*/*.trace.json', { cwd: FOLDER })
  .toSorted()
  .map((file) => parseTrace(readFileSync(join(FOLDER, file), 'utf8'), file))

test('there are traces', () => {
  expect(traces.length).toBeGreaterThan(10)
})

test.each(traces)('the trace $id ends as it allows, whatever may be sent again', (trace) => {
  const { outcome: allowed, upstreamRequests, clientHasEvents } = trace.expect
  for (const retry of RETRY_POLICIES) {
    const played = playTrace(trace, retry)
    expect(played.length).toBeGreaterThan(0)
    for (const { bench, outcome, sent, requestCount } of played) {
      expect(allowed, `${retry}: ${bench.sent}`).toContain(outcome)
      const most = upstreamRequests?.max ?? 1
      expect(requestCount).toBeLessThanOrEqual(retry === 'replayable' ? Math.max(2, most) : most)
      expect(bench.memory.heldBytes).toBe(0)
      expect(bench.record?.sentEvents).toBeGreaterThanOrEqual(clientHasEvents ?? 0) // comments are events to us alone
      if (outcome === 'completed' && requestCount === 1) expect(bench.sent).toBe(sent)
    }
  }
})
