import { expect, test } from 'vitest'
import { Origin } from '../src/origin.ts'
import { Bench, FAILURES, type Failing } from './bench.ts'
import { ANTHROPIC } from './streams.ts'

/** So many exchanges with one upstream that fails each time, all begun at once; and how often it was asked. */
function storm(count: number, failure: Failing): { asked: number; bySecond: number[]; origin: Origin } {
  const time = { now: 1_000 }
  const origin = new Origin({ now: () => time.now })
  let seed = 1
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
  const benches = Array.from({ length: count }, () =>
    new Bench({ retry: 'replayable' }, { time, origin, random }).start(ANTHROPIC.facts),
  )
  for (let step = 0; step < 3_000; step++) {
    for (const bench of benches) if (bench.isUnderWay) bench.fail(failure)
    time.now += 10
    for (const bench of benches) bench.pass(0)
  }
  for (const bench of benches) expect(bench.finished().record?.ending).toBe('error-status')
  const extra = benches.flatMap((bench) => bench.attemptTimes.slice(1))
  const bySecond = Array.from(
    { length: 40 },
    (_, second) => extra.filter((at) => Math.floor(at / 1_000) === second).length,
  )
  return { asked: count + extra.length, bySecond, origin }
}

test('200 exchanges that fail at once cause at most 10 % more requests, beside the 3 per second that are always allowed', () => {
  for (const failure of [FAILURES.closed, FAILURES.refused]) {
    const { asked, origin } = storm(200, failure)
    const { unsent, replay, stale } = origin.retryCounts
    expect(stale).toBe(0)
    expect(asked).toBe(200 + unsent + replay)
    // 20 for the 200; then only the floor, in the few seconds in which a first retry fails again.
    expect(asked).toBeGreaterThanOrEqual(220)
    expect(asked).toBeLessThanOrEqual(220 + 3 * 6)
    expect(origin.refusedRetries).toBeGreaterThan(150)
  }
})

test('one developer is not bound by it: each of three requests in a second is sent again', () => {
  expect(storm(3, FAILURES.closed).asked).toBe(6)
  expect(storm(4, FAILURES.closed).asked).toBe(7)
})

test('a refused retry is told to the client at once', () => {
  const time = { now: 1_000 }
  const origin = new Origin({ now: () => time.now })
  for (let i = 0; i < 3; i++) new Bench({}, { time, origin }).start().fail(FAILURES.refused)
  expect(new Bench({}, { time, origin }).start().fail(FAILURES.refused).head?.status).toBe(502)
})

test('the retry of a stale connection is outside of it', () => {
  const { asked, origin } = storm(200, FAILURES.stale)
  expect(origin.retryCounts.stale).toBe(200)
  expect(origin.retryCounts).toMatchObject({ unsent: 0, replay: 0 })
  expect(asked).toBe(400)
  expect(origin.refusedRetries).toBe(0)
})

test('10 % are counted over the requests of the last ten seconds', () => {
  let now = 500
  const origin = new Origin({ now: () => now })
  for (let i = 0; i < 100; i++) origin.requestStarted()
  const allowed = (): number => {
    let count = 0
    while (origin.mayRetry('unsent')) count++
    return count
  }
  expect(allowed()).toBe(10)
  now += 1_000
  expect(allowed()).toBe(3) // the floor of each second
  now += 8_000
  expect(allowed()).toBe(3)
  now += 1_000 // the first second is forgotten, and its requests with it
  for (let i = 0; i < 100; i++) origin.requestStarted()
  expect(allowed()).toBe(4) // 6 others are in the window
  now += 60_000
  expect(allowed()).toBe(3)
})

test('stale retries and the others do not get into the way of each other', () => {
  const origin = new Origin({ now: () => 500 })
  for (let i = 0; i < 20; i++) expect(origin.mayRetry('stale')).toBe(true)
  for (let i = 0; i < 3; i++) expect(origin.mayRetry('replay')).toBe(true)
  expect(origin.mayRetry('unsent')).toBe(false)
  expect(origin.mayRetry('stale')).toBe(true)
  expect(origin.retryCounts).toEqual({ stale: 21, replay: 3, unsent: 0 })
})
