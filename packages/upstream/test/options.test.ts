import { expect, onTestFinished, test } from 'vitest'
import { createUpstreamPool, type UpstreamPoolOptions } from '../src/index.ts'

const url = new URL('https://api.example')

test.each<[options: object, message: string, type: typeof TypeError | typeof RangeError]>([
  [{ url: new URL('ftp://x') }, 'Cannot use url: must be http: or https:, got "ftp:"', TypeError],
  [{ url: 'https://x' }, 'Cannot use url: must be a URL, got "https://x"', TypeError],
  [
    { connectTimeoutMs: 0 },
    'Cannot use connectTimeoutMs: must be a number of milliseconds from 1 to 2147483647, got 0',
    RangeError,
  ],
  [
    { connectTimeoutMs: NaN },
    'Cannot use connectTimeoutMs: must be a number of milliseconds from 1 to 2147483647, got NaN',
    RangeError,
  ],
  [
    { keepAliveMs: 2 ** 31 },
    'Cannot use keepAliveMs: must be a number of milliseconds from 1 to 2147483647, got 2147483648',
    RangeError,
  ],
  [{ maxConnections: 1.5 }, 'Cannot use maxConnections: must be a whole number, at least 1, got 1.5', RangeError],
  [{ allowH2: 'yes' }, 'Cannot use allowH2: must be true or false, got "yes"', TypeError],
  [{ ca: 'nonsense' }, 'Cannot use ca: must be certificates in PEM form', TypeError],
  [
    { proxy: 'socks5://user:secret@proxy.example' },
    'Cannot use proxy: must be "environment", "none" or an http: or https: URL, got "…@proxy.example"',
    TypeError,
  ],
  [{ breaker: true }, 'Cannot use breaker: must be "off" or an object, got true', TypeError],
  [
    { breaker: { failedShare: 0 } },
    'Cannot use breaker.failedShare: must be a number above 0 and up to 1, got 0',
    RangeError,
  ],
  [
    { breaker: { minAttempts: -1 } },
    'Cannot use breaker.minAttempts: must be a whole number, at least 1, got -1',
    RangeError,
  ],
  [
    { breaker: { windowMs: 0 } },
    'Cannot use breaker.windowMs: must be a number of milliseconds from 1 to 2147483647, got 0',
    RangeError,
  ],
  [
    { breaker: { openMs: '2s' } },
    'Cannot use breaker.openMs: must be a number of milliseconds from 1 to 2147483647, got "2s"',
    RangeError,
  ],
  [{ breaker: { threshold: 1 } }, 'Cannot use breaker.threshold: there is no such option', TypeError],
  [{ timeout: 1 }, 'Cannot use timeout: there is no such option', TypeError],
])('a wrong option names itself, its rule and its value: %j', (options, message, type) => {
  const make = (): unknown => createUpstreamPool({ url, ...options } as UpstreamPoolOptions)
  expect(make).toThrow(message)
  expect(make).toThrow(type)
})

test('a proxy of the environment that is no URL is refused by its name, without its credentials', () => {
  const before = process.env['HTTPS_PROXY']
  onTestFinished(() => {
    if (before === undefined) delete process.env['HTTPS_PROXY']
    else process.env['HTTPS_PROXY'] = before
  })
  process.env['HTTPS_PROXY'] = 'user:secret@proxy.example:3128'
  expect(() => createUpstreamPool({ url })).toThrow(
    'Cannot use HTTPS_PROXY: must be an http: or https: URL, got "…@proxy.example:3128"',
  )
})

test('an option that is undefined is as good as left out', async () => {
  const pool = createUpstreamPool({
    url,
    connectTimeoutMs: undefined,
    ca: undefined,
    maxConnections: undefined,
    allowH2: undefined,
    keepAliveMs: undefined,
    proxy: undefined,
    breaker: undefined,
  })
  expect(pool.url).toBe(url)
  await pool.destroy()
})
