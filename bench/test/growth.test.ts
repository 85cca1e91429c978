import { expect, test } from 'vitest'
import { CURVES, growthTable, renderGrowth, subjectOf } from '../src/report/growth.ts'
import { metricsOf } from '../src/report/metrics.ts'
import { Results } from '../src/report/results.ts'
import { makePlan } from '../src/run/plan.ts'
import { scenarioOf } from '../src/scenarios.ts'

const [everything = []] = makePlan({
  rounds: 1,
  broadRounds: 1,
  roundsPerProcess: 3,
  peers: undefined,
  scenarios: undefined,
  quick: false,
})

test.each(CURVES)('$id is drawn of scenarios that measure it, and that the full run has', ({ metric, points }) => {
  for (const [, scenario] of points) {
    expect(metricsOf(scenarioOf(scenario)).map(({ id }) => id)).toContain(metric)
    for (const peer of ['node-http', 'stopbit-node'])
      expect(everything.some((job) => job.peer.id === peer && job.scenario.id === scenario)).toBe(true)
  }
})

test('a curve of which nothing was measured is left out', () => {
  const results = new Results([], 3)
  for (const curve of CURVES) {
    expect([growthTable(results, curve), renderGrowth(results, curve)]).toEqual(['', undefined])
    expect(subjectOf(curve)).toMatch(/, (?:µs|s|KiB)$/)
  }
})
