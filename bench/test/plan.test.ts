import { expect, test } from 'vitest'
import { makePlan, shuffled, type PlanOptions } from '../src/run/plan.ts'
import { SCENARIOS } from '../src/scenarios.ts'

const OPTIONS: PlanOptions = { rounds: 2, broadRounds: 1, peers: undefined, scenarios: undefined, quick: false }

test('what is compared stands together in a round, in an order that changes', () => {
  const [jobs = []] = makePlan(OPTIONS)
  const orders = Array.from({ length: 5 }, () => shuffled(jobs))
  for (const order of orders) {
    expect(new Set(order)).toEqual(new Set(jobs))
    const scenarios = order.map(({ scenario: { id } }) => (id === 'faults-10' ? 'saturated-10' : id))
    const changes = scenarios.filter((id, place) => id !== scenarios[place - 1])
    expect(changes).toHaveLength(SCENARIOS.length - 1)
  }
  const texts = orders.map((order) => order.map(({ peer, scenario }) => `${peer.id} ${scenario.id}`).join())
  expect(new Set(texts).size).toBe(orders.length)
})

test('a quick run warms up no longer than it has time for', () => {
  const warmMs = (quick: boolean): number =>
    Math.max(...makePlan({ ...OPTIONS, quick }).flatMap((jobs) => jobs.map(({ scenario }) => scenario.warmMs)))
  expect(warmMs(true)).toBe(500)
  expect(warmMs(false)).toBe(3000)
})
