import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClockWheel } from './clock-wheel.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

test('wakeAt() wakes each sleeper once, not before its time and at most one granularity after it', () => {
  const wheel = createClockWheel(10)
  const start = wheel.now()
  const wokenAt: number[] = []
  for (const after of [5, 10, 11, 300]) {
    wheel.createSleeper(() => wokenAt.push(wheel.now() - start - after)).wakeAt(start + after)
  }
  vi.advanceTimersByTime(1_000)
  expect(wokenAt).toHaveLength(4)
  for (const late of wokenAt) expect(late).toBeGreaterThanOrEqual(0)
  for (const late of wokenAt) expect(late).toBeLessThanOrEqual(10)
})

test('wakeAt() replaces the earlier wish of the same sleeper, and Infinity takes it back', () => {
  const wheel = createClockWheel()
  const moved = vi.fn<() => void>()
  const stopped = vi.fn<() => void>()
  const mover = wheel.createSleeper(moved)
  const stopper = wheel.createSleeper(stopped)
  mover.wakeAt(wheel.now() + 100)
  mover.wakeAt(wheel.now() + 500)
  stopper.wakeAt(wheel.now() + 100)
  stopper.wakeAt(Infinity)
  vi.advanceTimersByTime(400)
  expect(moved).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1_000)
  expect(moved).toHaveBeenCalledOnce()
  expect(stopped).not.toHaveBeenCalled()
})

test('a thousand sleepers share one timer, and none is left when nobody sleeps', () => {
  const wheel = createClockWheel()
  const sleepers = Array.from({ length: 1_000 }, () => wheel.createSleeper(() => undefined))
  sleepers.forEach((sleeper, i) => sleeper.wakeAt(wheel.now() + 1_000 + i))
  expect(vi.getTimerCount()).toBe(1)
  for (const sleeper of sleepers) sleeper.wakeAt(Infinity)
  expect(vi.getTimerCount()).toBe(0)
})

test('a sleeper may go to sleep again while it is woken', () => {
  const wheel = createClockWheel()
  let woken = 0
  const sleeper = wheel.createSleeper(() => {
    woken++
    if (woken < 5) sleeper.wakeAt(wheel.now() + 50)
  })
  sleeper.wakeAt(wheel.now() + 50)
  vi.advanceTimersByTime(1_000)
  expect(woken).toBe(5)
  expect(vi.getTimerCount()).toBe(0)
})

test('sleepers that are far away are woken together, not before their time and at most ten granularities after it', () => {
  const wheel = createClockWheel(10)
  const start = wheel.now()
  const late: number[] = []
  const turns = new Set<number>()
  for (let after = 5_001; after < 6_000; after += 7) {
    const sleeper = wheel.createSleeper(() => {
      late.push(wheel.now() - start - after)
      turns.add(wheel.now())
    })
    sleeper.wakeAt(start + after)
  }
  vi.advanceTimersByTime(10_000)
  expect(late).toHaveLength(143)
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...late)).toBeLessThanOrEqual(100)
  expect(turns.size).toBeLessThanOrEqual(11)
})

test('a sleeper may move or wake up others of its own slot, and none is woken twice or forgotten', () => {
  const wheel = createClockWheel(10)
  const woken: string[] = []
  const others = ['moved', 'stopped', 'left'].map((name) => wheel.createSleeper(() => woken.push(name)))
  const [moved, stopped, left] = others
  let isFirst = true
  const meddle = (): void => {
    if (!isFirst) return
    isFirst = false
    moved?.wakeAt(wheel.now() + 1_000)
    stopped?.wakeAt(Infinity)
  }
  // Whichever of the slot is woken first.
  for (const sleeper of [wheel.createSleeper(meddle), moved, stopped, left, wheel.createSleeper(meddle)]) {
    sleeper?.wakeAt(wheel.now() + 100)
  }
  vi.advanceTimersByTime(500)
  expect(woken).toEqual(['left'])
  vi.advanceTimersByTime(1_000)
  expect(woken).toEqual(['left', 'moved'])
  expect(vi.getTimerCount()).toBe(0)
})

test('a sleeper that throws leaves nobody else asleep, in its own slot or in another', () => {
  const wheel = createClockWheel(10)
  const woken: string[] = []
  const thrower = (): never => {
    throw new Error('thrown by a sleeper')
  }
  for (const at of [100, 200]) {
    wheel.createSleeper(() => woken.push(`before ${at}`)).wakeAt(wheel.now() + at)
    wheel.createSleeper(thrower).wakeAt(wheel.now() + at)
    wheel.createSleeper(() => woken.push(`behind ${at}`)).wakeAt(wheel.now() + at)
  }
  expect(() => vi.advanceTimersByTime(3_000)).toThrow('thrown by a sleeper') // when all timers have run
  expect(woken.sort()).toEqual(['before 100', 'before 200', 'behind 100', 'behind 200'])
  expect(vi.getTimerCount()).toBe(0)
})

test('a sleeper that asks for a time that has passed is woken soon, and not without end', () => {
  const wheel = createClockWheel(10)
  let woken = 0
  const sleeper = wheel.createSleeper(() => {
    woken++
    sleeper.wakeAt(wheel.now() - 1_000)
  })
  sleeper.wakeAt(-1)
  vi.advanceTimersByTime(100)
  expect(woken).toBeGreaterThanOrEqual(9)
  expect(woken).toBeLessThanOrEqual(11)
  sleeper.wakeAt(Infinity)
  expect(vi.getTimerCount()).toBe(0)
})
