import { expect, test } from 'vitest'
import { renderPicture } from '../src/report/picture.ts'
import { Results } from '../src/report/results.ts'
import type { Outcome } from '../src/run/run-bench.ts'
import { scenarioOf } from '../src/scenarios.ts'

function outcome(round: number, peer: string, scenario: string, cpuUs: number): Outcome {
  const counts = { bytes: 180_000, complete: 1000, told: 0, cut: 0, short: 0, refused: 0, wrong: 0, failed: 0 }
  const cpu = { proxy: cpuUs, upstream: 0, load: 0 }
  const measurement = { seconds: 1, counts, cpuUs: cpu, rssKib: { start: 0, end: 0 }, latencyUs: undefined }
  return { round, peer, scenario, result: { is: 'measured', measurement } }
}

test.each([
  [888, '0.89 ×'],
  [13_060, '13.1 ×'],
])('a bar of %d thousandths says %s, as the table does', (thousandths, label) => {
  const outcomes = [outcome(0, 'nginx', 'json', thousandths), outcome(0, 'node-http', 'json', 1000)]
  const picture = renderPicture(new Results(outcomes, 1), scenarioOf('json'))
  expect(picture).toContain(`>${label}</text>`)
  expect(picture).toContain('>1.00 ×</text>')
})

test('a picture without the base is none', () => {
  expect(renderPicture(new Results([outcome(0, 'nginx', 'json', 1)], 1), scenarioOf('json'))).toBeUndefined()
})

test('a curve is of the rounds that have all of its points', () => {
  const slow = [1, 2].map((round) => outcome(round, 'nginx', 'saturated-10', 9000))
  const together = [outcome(0, 'nginx', 'saturated-10', 1000), outcome(0, 'nginx', 'faults-10', 2000)]
  const results = new Results([...slow, ...together], 3)
  const values = results.valuesTogether('nginx', ['saturated-10', 'faults-1', 'faults-10'], 'cpu-per-event')
  expect(values).toEqual([1, undefined, 2])
})
