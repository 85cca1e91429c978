import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expandTrace, parseTrace, type Trace } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { RETRY_POLICIES } from '../src/retry-policy.ts'
import { playTrace } from './play-trace.ts'

const FOLDER = join(import.meta.dirname, '../../../conformance/traces')
/** What these groups are about happens below HTTP, where the machine has no part: it only hears that an attempt failed. */
const ON_THE_WIRE = /^(transport|tls|h2)\//

const HEARTBEATS = /: stopbit\r?\n\r?\n|event: ping\ndata: \{"type":"ping"\}\n\n/g

const traces = globSync('*/*.trace.json', { cwd: FOLDER })
  .toSorted()
  .map((file) => parseTrace(readFileSync(join(FOLDER, file), 'utf8'), file))
  .filter(({ id }) => !ON_THE_WIRE.test(id))

test('there are traces', () => {
  expect(traces.length).toBeGreaterThan(10)
})

// A trace that is cut at every byte is thousands of runs: two seconds of work, on a machine that may have other work.
test.each(traces)('the trace $id ends as it allows, whatever may be sent again', { timeout: 60_000 }, (trace) => {
  for (const permutation of expandTrace(trace)) playEveryWay(permutation.trace)
})

function playEveryWay(trace: Trace): void {
  const { outcome: allowed, upstreamRequests, clientHasEvents } = trace.expect
  for (const retry of RETRY_POLICIES) {
    const played = playTrace(trace, retry)
    expect(played.length).toBeGreaterThan(0)
    for (const { bench, outcome, sent, requestCount } of played) {
      expect(allowed, `${trace.id}, ${retry}: ${bench.sent}`).toContain(outcome)
      const most = upstreamRequests?.max ?? 1
      expect(requestCount).toBeLessThanOrEqual(retry === 'replayable' ? Math.max(2, most) : most)
      expect(bench.memory.heldBytes).toBe(0)
      expect(bench.record?.sentEvents).toBeGreaterThanOrEqual(clientHasEvents ?? 0) // comments are events to us alone
      // An empty line that never came may be added to the last event: then there is more than was sent, and nothing else.
      if (outcome === 'completed' && requestCount === 1) {
        const [received, own] = [bench.sent.replaceAll(HEARTBEATS, ''), sent.replaceAll(HEARTBEATS, '')]
        expect(received.startsWith(own) && received.slice(own.length).trim() === '', bench.sent).toBe(true)
      }
    }
  }
}
