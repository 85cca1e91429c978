import { expect, test } from 'vitest'
import { MinuteLog } from '../../src/status-page/minute-log.ts'

const MINUTE_MS = 60_000
const START = Date.UTC(2026, 0, 1, 12, 0, 30)

test('an hour has sixty minutes, whatever happened in it, and older ones are forgotten', () => {
  const log = new MinuteLog()
  log.count('dns', START)
  log.count(undefined, START)
  log.count('dns', START + 59 * MINUTE_MS)
  const hour = log.lastHour(START + 59 * MINUTE_MS)
  expect(hour).toHaveLength(60)
  expect(hour[0]).toEqual({ startsAt: START - 30_000, whole: 1, failed: { dns: 1 } })
  expect(hour.at(-1)).toMatchObject({ whole: 0, failed: { dns: 1 } })
  const next = log.lastHour(START + 60 * MINUTE_MS)
  expect(next.flatMap(({ failed }) => Object.values(failed))).toEqual([1])
  expect(next.reduce((sum, { whole }) => sum + whole, 0)).toBe(0)
})

test('sums stay right over many minutes and causes, and a clock that is set back loses nothing', () => {
  const log = new MinuteLog()
  for (let i = 0; i < 594; i++) log.count(i % 3 === 0 ? `cause-${i % 9}` : undefined, START + i * 6_000)
  log.count('late', START)
  const hour = log.lastHour(START + 593 * 6_000)
  expect(hour.reduce((sum, { whole }) => sum + whole, 0)).toBe(396)
  expect(hour.flatMap(({ failed }) => Object.values(failed)).reduce((sum, count) => sum + count, 0)).toBe(199)
})
