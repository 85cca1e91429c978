import { expect, test } from 'vitest'
import type { AttemptOutcome } from './attempt-outcome.ts'
import { Breaker, type ResolvedBreakerOptions } from './breaker.ts'

const DEFAULTS: ResolvedBreakerOptions = { windowMs: 10_000, minAttempts: 200, failedShare: 0.95, openMs: 2_000 }

/** A breaker in virtual time, that is asked for attempts at an even rate. */
function start(options: Partial<ResolvedBreakerOptions> = {}) {
  let now = 1_000_000
  let opened = 0
  const breaker = new Breaker({ ...DEFAULTS, ...options }, () => opened++)
  return {
    breaker,
    opened: () => opened,
    now: () => now,
    wait: (ms: number) => void (now += ms),
    /** How many of the attempts it let through. */
    run: (perSecond: number, seconds: number, outcome: (n: number) => AttemptOutcome): number => {
      let admitted = 0
      for (let n = 0; n < perSecond * seconds; n++) {
        now += 1000 / perSecond
        const attempt = breaker.admit(now)
        if (attempt === undefined) continue
        admitted++
        breaker.settle(attempt, outcome(n), now)
      }
      return admitted
    },
  }
}

test('it opens when nearly every attempt fails for seconds at a considerable rate, and then lets nothing through', () => {
  const { run, opened } = start()
  expect(run(100, 3, () => 'failed')).toBe(300)
  expect(opened()).toBe(0)
  const admitted = run(100, 2, () => 'failed')
  expect(admitted).toBeLessThan(200)
  expect(opened()).toBe(1)
  expect(run(100, 0.5, () => 'failed')).toBe(0)
})

test('it never opens at the rate of a developer or of a test suite, however long all fails', () => {
  const { run, opened } = start()
  expect(run(15, 600, () => 'failed')).toBe(9_000)
  expect(opened()).toBe(0)
})

test('it never opens at a burst, however large', () => {
  const { run, opened, wait } = start()
  for (let burst = 0; burst < 10; burst++) {
    run(100_000, 0.1, () => 'failed')
    wait(5_000)
  }
  expect(opened()).toBe(0)
})

test('it never opens while one attempt in ten is answered', () => {
  const { run, opened } = start()
  run(1_000, 60, (n) => (n % 10 === 0 ? 'answered' : 'failed'))
  expect(opened()).toBe(0)
})

test('failures that are older than the window do not count, however thin the traffic was since', () => {
  const { run, opened, wait } = start({ minAttempts: 50 })
  for (let i = 0; i < 100; i++) {
    run(49, 1, () => 'failed')
    wait(11_000)
  }
  expect(opened()).toBe(0)
})

test('outcomes that say nothing do not count', () => {
  const { run, opened } = start()
  run(1_000, 60, () => 'unknown')
  expect(opened()).toBe(0)
})

function startOpen(): ReturnType<typeof start> {
  const it = start()
  it.run(100, 10, () => 'failed')
  expect(it.opened()).toBeGreaterThan(0)
  while (it.breaker.admit(it.now()) !== undefined) it.wait(1)
  it.wait(DEFAULTS.openMs)
  return it
}

test('after openMs one trial goes out at a time; its answer closes the breaker, with an empty window', () => {
  const { breaker, now, run } = startOpen()
  const trial = breaker.admit(now())
  expect(trial).toMatchObject({ trial: true })
  expect(breaker.admit(now())).toBeUndefined()
  if (trial !== undefined) breaker.settle(trial, 'answered', now())
  expect(run(100, 1, () => 'failed')).toBe(100)
})

test('a trial that fails keeps the breaker open for another openMs', () => {
  const { breaker, now, wait } = startOpen()
  const trial = breaker.admit(now())
  wait(500)
  if (trial !== undefined) breaker.settle(trial, 'failed', now())
  wait(DEFAULTS.openMs - 1)
  expect(breaker.admit(now())).toBeUndefined()
  wait(1)
  expect(breaker.admit(now())).toBeDefined()
})

test('a trial that proves nothing leaves its turn to the next request at once', () => {
  const { breaker, now } = startOpen()
  const trial = breaker.admit(now())
  if (trial !== undefined) breaker.settle(trial, 'unknown', now())
  expect(breaker.admit(now())).toMatchObject({ trial: true })
})

test('a trial that takes long does not keep the next one back, and may still close the breaker', () => {
  const { breaker, now, wait, run } = startOpen()
  const slow = breaker.admit(now())
  wait(DEFAULTS.openMs)
  const next = breaker.admit(now())
  expect(next).toBeDefined()
  expect(breaker.admit(now())).toBeUndefined()
  if (slow !== undefined) breaker.settle(slow, 'answered', now())
  expect(run(10, 1, () => 'answered')).toBe(10)
  // The other trial has nothing to say any more.
  if (next !== undefined) breaker.settle(next, 'failed', now())
  expect(run(10, 1, () => 'answered')).toBe(10)
})

test('attempts from before it opened do not decide its trial', () => {
  const { breaker, run, now, wait, opened: openings } = start()
  const early = breaker.admit(now())
  run(100, 10, () => 'failed')
  const before = openings()
  if (early !== undefined) breaker.settle(early, 'answered', now())
  expect(run(100, 0.5, () => 'failed')).toBe(0)
  wait(DEFAULTS.openMs)
  expect(before).toBeGreaterThan(0)
})
