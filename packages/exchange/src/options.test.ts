import { describe, expect, test } from 'vitest'
import { OptionError, resolveExchangeOptions, type ExchangeOptions } from './options.ts'

test('resolveExchangeOptions() fills in defaults below the limits that clients have of their own', () => {
  const resolved = resolveExchangeOptions()
  expect(resolved.headersTimeoutMs).toEqual({ stream: 280_000, other: 590_000 })
  expect(resolved.idleTimeoutMs).toBeLessThan(300_000)
  expect(resolved.totalTimeoutMs).toBe(Infinity)
  expect(resolveExchangeOptions({ idleTimeoutMs: undefined })).toEqual(resolved)
})

describe('a wrong option is an OptionError with its name, the rule and the value', () => {
  test.each([
    [{ idleTimeoutMs: 0 }, 'Cannot use idleTimeoutMs: must be a number of milliseconds from 1 to 2147483647, got 0'],
    [{ headersTimeoutMs: Number.NaN }, /^Cannot use headersTimeoutMs: .*, got NaN$/],
    [
      { heartbeatMs: 'on' },
      'Cannot use heartbeatMs: must be "off" or a number of milliseconds from 1 to 2147483647, got "on"',
    ],
    [{ totalTimeoutMs: Infinity }, /^Cannot use totalTimeoutMs: .*, got Infinity$/],
    [{ maxEventBytes: 1.5 }, 'Cannot use maxEventBytes: must be a whole number of bytes, at least 1, got 1.5'],
    [{ retry: 'always' }, 'Cannot use retry: must be one of never, unsent, stale-once, replayable, got "always"'],
    [{ earlyCommitMs: 0 }, /^Cannot use earlyCommitMs: must be "off" or a number .*, got 0$/],
    [{ idelTimeoutMs: 1 }, 'Cannot use idelTimeoutMs: there is no such option'],
  ])('%j', (options, message) => {
    const resolve = (): unknown => resolveExchangeOptions(options as ExchangeOptions)
    expect(resolve).toThrow(OptionError)
    expect(resolve).toThrow(message)
  })
})
