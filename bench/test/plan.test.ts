import { expect, test } from 'vitest'
import { inOrder, makePlan, type PlanOptions } from '../src/run/plan.ts'
import { SCENARIOS } from '../src/scenarios.ts'

const OPTIONS: PlanOptions = {
  rounds: 6,
  broadRounds: 1,
  roundsPerProcess: 3,
  peers: undefined,
  scenarios: undefined,
  quick: false,
}

test('what is compared stands together, its rounds one after the other, in an order that changes', () => {
  const plan = makePlan(OPTIONS)
  const orders = Array.from({ length: 5 }, () => inOrder(plan, 0, plan.length))
  for (const order of orders) {
    expect(order).toHaveLength(plan.flat().length)
    const scenarios = order.map(({ scenario: { id } }) => (id === 'faults-10' ? 'saturated-10' : id))
    expect(scenarios.filter((id, place) => id !== scenarios[place - 1])).toHaveLength(SCENARIOS.length - 1)
    for (const [id, turns] of Map.groupBy(order, ({ scenario }) => scenario.id)) {
      const rounds = turns.map(({ round }) => round)
      expect(rounds, id).toEqual(rounds.toSorted())
      expect(new Set(turns.map(({ peer, round }) => `${peer.id} ${round}`)).size).toBe(turns.length)
    }
  }
  const texts = orders.map((order) => order.map(({ peer, scenario }) => `${peer.id} ${scenario.id}`).join())
  expect(new Set(texts).size).toBe(orders.length)
})

test('what starts a process for each window comes first, so that those that stay are not left alone for so long', () => {
  const order = inOrder(makePlan(OPTIONS), 0, 1).map(({ scenario }) => scenario.fresh)
  expect(order.indexOf(false)).toBe(order.lastIndexOf(true) + 1)
  expect(order).toContain(true)
})

test('a quick run warms up no longer than it has time for', () => {
  const warmMs = (quick: boolean): number =>
    Math.max(...makePlan({ ...OPTIONS, quick }).flatMap((jobs) => jobs.map(({ scenario }) => scenario.warmMs)))
  expect(warmMs(true)).toBe(500)
  expect(warmMs(false)).toBe(1000)
})

test('a process for one window is started in every third round', () => {
  const rounds = makePlan({ ...OPTIONS, broadRounds: 2 }).map((jobs) => jobs.some(({ scenario }) => scenario.fresh))
  expect(rounds).toEqual([true, false, false, true, false, false])
})
