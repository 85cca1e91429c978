import { expect, test } from 'vitest'
import { connectionRecord, evidenceOf, START, type ExchangeSketch } from '../../test/evidence-of.ts'
import { judgeAlive2, judgeUp3 } from './pool.ts'

const answered = { sent: START, received: START }

test('UP-3 fails when a request comes on a connection after its fault', () => {
  const broken = connectionRecord({ faultAt: 100 })
  const first: ExchangeSketch = { ...answered, connections: [broken], requestedAt: [50] }
  const again = (connection = broken): string =>
    judgeUp3(evidenceOf(first, { ...answered, connections: [connection], requestedAt: [150] })).verdict
  expect(again()).toBe('fail')
  expect(again(connectionRecord({}))).toBe('pass')
  expect(judgeUp3(evidenceOf(first)).verdict).toBe('not-tested')
})

function exchanges(count: number, closedAt?: number): readonly [ExchangeSketch, ...ExchangeSketch[]] {
  const one = (): ExchangeSketch => ({
    ...answered,
    connections: [connectionRecord(closedAt === undefined ? {} : { closedAt })],
  })
  return [one(), ...Array.from({ length: count - 1 }, one)]
}

/** The sketches' exchanges all run at the same time; these one after the other. */
function inSequence(evidence: ReturnType<typeof evidenceOf>): ReturnType<typeof evidenceOf> {
  const moved = evidence.exchanges.map((exchange, index) => ({
    ...exchange,
    exchange: {
      ...exchange.exchange,
      requestedAt: index * 10,
      ending: { kind: 'complete' as const, at: index * 10 + 5 },
    },
  }))
  return { ...evidence, exchanges: moved }
}

test('ALIVE-2 fails when each exchange leaves a connection behind', () => {
  expect(judgeAlive2(inSequence(evidenceOf(...exchanges(6)))).verdict).toBe('fail')
  expect(judgeAlive2(inSequence(evidenceOf(...exchanges(6, 9)))).verdict).toBe('pass')
})

test('ALIVE-2 lets a pool keep what was of use at the same time', () => {
  expect(judgeAlive2(evidenceOf(...exchanges(6))).verdict).toBe('pass')
})

test('ALIVE-2 is not tested by a few exchanges', () => {
  expect(judgeAlive2(inSequence(evidenceOf(...exchanges(4)))).verdict).toBe('not-tested')
})
