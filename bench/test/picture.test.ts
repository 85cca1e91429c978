import { expect, test } from 'vitest'
import { renderPicture } from '../src/report/picture.ts'
import { Results } from '../src/report/results.ts'
import { scenarioOf } from '../src/scenarios.ts'

test.each([
  [0.888, '0.89'],
  [13.06, '13.1'],
  [1234, '1,234'],
])('a bar of %d says %s, as the table does', (cpuPerRequestUs, label) => {
  const counts = { bytes: 1, complete: 1000, told: 0, cut: 0, short: 0, refused: 0, wrong: 0, failed: 0 }
  const cpuUs = { proxy: cpuPerRequestUs * 1000, upstream: 0, load: 0 }
  const measurement = { seconds: 1, counts, cpuUs, rssKib: { start: 0, end: 0 }, latencyUs: undefined }
  const outcome = { round: 0, peer: 'nginx', scenario: 'json', result: { is: 'measured', measurement } } as const
  expect(renderPicture(new Results([outcome], 1), scenarioOf('json'))).toContain(`>${label}</text>`)
})
