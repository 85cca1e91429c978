import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Finishable } from '../live-exchanges.ts'
import { createClockWheel } from './clock-wheel.ts'
import { drain } from './drain.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** Exchanges that end when they are told to: by themselves, by `finish`, or by `abandon`. */
function exchangesThatEnd(by: 'nothing' | 'finish' | 'abandon'): {
  run: () => Promise<void>
  calls: string[]
  end: () => void
} {
  const calls: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const told = (call: 'finish' | 'abandon'): void => {
    calls.push(`${call} at ${Math.round(clock.now() - startedAt)}`)
    if (call === by) resolve()
  }
  const clock = createClockWheel()
  const startedAt = clock.now()
  const exchanges: Finishable = { liveCount: 1, idle: () => promise, finish: () => told('finish') }
  return {
    run: () => drain(exchanges, { clock, deadlineMs: 5_000, abandon: () => told('abandon') }),
    calls,
    end: resolve,
  }
}

test.each([
  ['finish' as const, 1],
  ['abandon' as const, 2],
])('drain() goes as far as it has to: %s', async (by, count) => {
  const { run, calls } = exchangesThatEnd(by)
  const drained = run()
  await vi.advanceTimersByTimeAsync(20_000)
  await drained
  expect(calls.map((call) => call.replace(/\d$/, '0'))).toEqual(['finish at 5000', 'abandon at 7000'].slice(0, count))
  expect(vi.getTimerCount()).toBe(0)
})

test('drain() touches nothing that ends by itself, and leaves no timer', async () => {
  const { run, calls, end } = exchangesThatEnd('nothing')
  const drained = run()
  await vi.advanceTimersByTimeAsync(4_000)
  end()
  await drained
  expect(calls).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
