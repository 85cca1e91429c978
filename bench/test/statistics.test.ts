import { describe, expect, it } from 'vitest'
import type { Outcome } from '../src/run/run-bench.ts'
import { Results } from '../src/report/results.ts'
import { estimate, median } from '../src/report/statistics.ts'
import type { Target } from '../src/report/targets.ts'

const TARGET: Target = {
  title: 'CPU per small JSON request',
  scenario: 'json',
  metric: 'cpu-per-request',
  peer: 'stopbit-node',
  against: 'node-http',
  atMost: 1,
  isMust: true,
}

/** One round per ratio: a hundred requests, for which the base takes 1 s and the peer as much as the ratio says. */
function roundsOf(ratios: readonly number[]): Outcome[] {
  return ratios.flatMap((ratio, round) => [window(round, 'node-http', 1e6), window(round, 'stopbit-node', ratio * 1e6)])
}

function window(round: number, peer: string, proxyCpuUs: number): Outcome {
  const counts = { bytes: 1000, complete: 100, told: 0, cut: 0, short: 0, refused: 0, wrong: 0, failed: 0 }
  const measurement = {
    seconds: 1,
    counts,
    cpuUs: { proxy: proxyCpuUs, upstream: 0, load: 0 },
    rssKib: { start: 0, end: 0 },
    latencyUs: undefined,
  }
  return { round, peer, scenario: 'json', result: { is: 'measured', measurement } }
}

/** Numbers around 0 that spread by 1, the same each time. */
function normal(seed: number): () => number {
  let state = seed
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 4_294_967_296
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}

describe('estimate()', () => {
  it('gives the median, with an interval around it that is the same each time', () => {
    const samples = [0.9, 1, 1.1, 1, 1, 0.95, 1.05]
    const first = estimate([samples])
    expect(first?.median).toBe(1)
    expect(first?.low).toBeGreaterThanOrEqual(0.9)
    expect(first?.high).toBeLessThanOrEqual(1.1)
    expect(estimate([samples])).toEqual(first)
  })

  it('takes what one process is apart from others for less than as many rounds of one', () => {
    const alike = estimate([
      [1, 1, 1, 1, 1],
      [1.1, 1.1, 1.1, 1.1, 1.1],
      [1.2, 1.2, 1.2, 1.2, 1.2],
    ])
    expect([alike?.median, alike?.low, alike?.high, alike?.count]).toEqual([1.1, 1, 1.2, 15])
  })

  it('holds what is true in 95 of a hundred runs of five processes, which differ more than their rounds', () => {
    const random = normal(7)
    const isHeld = Array.from({ length: 200 }, () => {
      const process = (): number[] => {
        const level = 1 + 0.1 * random()
        return Array.from({ length: 3 }, () => level + 0.02 * random())
      }
      const found = estimate(Array.from({ length: 5 }, process))
      return found !== undefined && found.low <= 1 && found.high >= 1
    })
    // Plain percentiles do in 93, and so does a bootstrap that knows no processes.
    expect(isHeld.filter(Boolean).length).toBeGreaterThanOrEqual(0.95 * isHeld.length)
  })

  it('knows no interval without a sample', () => {
    expect(estimate([])).toBeUndefined()
  })
})

describe('median()', () => {
  it('is the middle, or halfway between the two', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
  })
})

describe('a verdict', () => {
  it.for([
    ['met', [0.8, 0.9, 0.85, 0.8, 0.9]],
    ['missed', [1.2, 1.3, 1.25, 1.2, 1.3]],
    ['inconclusive', [0.8, 1.3, 0.9, 1.2, 1]],
    ['inconclusive', [0.5]],
    ['inconclusive', [0.8, 0.8, 0.8, 0.8]], // of four processes
    ['not measured', []],
  ] as const)('is "%s" for ratios of %o to a limit of 1', ([verdict, ratios]) => {
    expect(new Results(roundsOf(ratios), 1).verdict(TARGET).verdict).toBe(verdict)
  })

  it('compares windows of one round only', () => {
    const [base, peer] = roundsOf([0.5])
    const apart = [base, { ...peer, round: 1 }] as Outcome[]
    expect(new Results(apart, 1).verdict(TARGET).verdict).toBe('not measured')
  })
})
