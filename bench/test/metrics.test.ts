import { expect, test } from 'vitest'
import { metricsOf } from '../src/report/metrics.ts'
import { scenarioOf } from '../src/scenarios.ts'

test.each([
  ['saturated-10', 10, 10_000],
  // Nine whole ones, and half of the tenth, which does not count.
  ['faults-10', 9.5, 9000],
  ['faults-1', 99.5, 99_000],
])('whole streams of %s: of the bytes of %d streams in a second, %d events', (id, streams, events) => {
  const { work, ...scenario } = scenarioOf(id)
  if (work.kind !== 'saturated') return expect.unreachable()
  const bytes = streams * work.eventsPerStream * work.eventBytes
  const counts = { bytes, complete: 0, told: 0, cut: 0, short: 0, refused: 0, wrong: 0, failed: 0 }
  const cpuUs = { proxy: 1, upstream: 1, load: 1 }
  const measurement = { seconds: 1, counts, cpuUs, rssKib: { start: 0, end: 0 }, latencyUs: undefined }
  const metric = metricsOf({ ...scenario, work }).find(({ id: name }) => name === 'healthy-events-per-second')
  expect(metric?.of(measurement, work, undefined)).toBeCloseTo(events)
})
