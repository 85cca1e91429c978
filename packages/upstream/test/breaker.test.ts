import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { BreakerOptions, UpstreamPool } from '../src/index.ts'
import { chunkedHead, OK, REQUEST, startBoth, startPool, startUpstream } from './http-upstream.ts'
import { nextTurn, record, type Recorder } from './recorder.ts'

/** Opens after a few failures that are spread over most of a second. */
const WINDOW_MS = 1_500
const QUICK: BreakerOptions = { windowMs: WINDOW_MS, minAttempts: 5, failedShare: 1, openMs: 60_000 }

function ask(pool: UpstreamPool, connection: 'any' | 'fresh' = 'fresh'): Recorder {
  const recorder = record()
  pool.dispatch({ ...REQUEST, connection }, recorder.events)
  return recorder
}

/** Calls, one after the other, until the breaker opens. */
async function askUntilOpen(pool: UpstreamPool): Promise<void> {
  while (pool.counters.breakerOpened === 0) await ask(pool).over
}

/** Calls, one after the other, for longer than the window; whether the breaker opened. */
async function opensAt(pool: UpstreamPool, call: () => Promise<unknown>): Promise<boolean> {
  const until = performance.now() + WINDOW_MS * 1.2
  while (performance.now() < until) await call()
  return pool.counters.breakerOpened > 0
}

test.each<[what: string, onRequest: ((socket: Socket) => unknown) | 'nobody']>([
  ['connections that are refused', 'nobody'],
  ['connections that are reset before a head', (socket) => socket.resetAndDestroy()],
  ['connections that are closed before a head', (socket) => socket.destroy()],
])(
  '%s open the breaker: calls then fail without being sent, after dispatch() has returned',
  async (_what, onRequest) => {
    const upstream = await startUpstream(onRequest === 'nobody' ? () => undefined : onRequest)
    if (onRequest === 'nobody') upstream.stop()
    const pool = startPool(`http://127.0.0.1:${upstream.port}`, { breaker: QUICK })
    await askUntilOpen(pool)
    const sent = upstream.requests.length
    const refused = ask(pool)
    expect(refused.lines).toEqual([])
    const fault = await refused.over
    expect(fault?.error).toMatchObject({ code: 'STOPBIT_BREAKER_OPEN' })
    expect(fault?.kind).toBe('breaker-open')
    expect(fault?.facts).toMatchObject({ connected: false, requestSent: false, headersReceived: false })
    expect(refused.lines).toEqual(['fault breaker-open'])
    expect(upstream.requests.length).toBe(sent)
    expect(pool.counters).toMatchObject({ breakerOpened: 1, active: 0, queued: 0 })

    const aborted = record()
    pool.dispatch(REQUEST, aborted.events).abort()
    await nextTurn()
    expect(aborted.lines).toEqual([])
  },
)

test('a trial that is answered closes the breaker', async () => {
  let works = false
  const { pool } = await startBoth((socket) => (works ? socket.write(OK) : socket.resetAndDestroy()), {
    breaker: { ...QUICK, openMs: 1 },
  })
  await askUntilOpen(pool)
  works = true
  let fault = await ask(pool).over
  while (fault !== undefined) {
    await nextTurn()
    fault = await ask(pool).over
  }
  const opened = pool.counters.breakerOpened
  for (let i = 0; i < 20; i++) expect(await ask(pool).over).toBeUndefined()
  expect(pool.counters.breakerOpened).toBe(opened)
})

test('"off" means that it never opens', async () => {
  const { pool } = await startBoth((socket) => socket.resetAndDestroy(), { breaker: 'off' })
  expect(await opensAt(pool, () => ask(pool).over)).toBe(false)
})

test('the default does not open at failures as fast as one can provoke them one after the other for a second', async () => {
  const { pool } = await startBoth((socket) => socket.resetAndDestroy())
  expect(await opensAt(pool, () => ask(pool).over)).toBe(false)
})

test.each<[what: string, onRequest: (socket: Socket) => unknown]>([
  ['statuses', (socket) => socket.write('HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n')],
  ['faults in bodies', (socket) => socket.write(chunkedHead(), () => socket.resetAndDestroy())],
  ['responses that are no HTTP', (socket) => socket.end('SSH-2.0-x\r\n')],
])('%s do not open the breaker', async (_what, onRequest) => {
  const { pool, upstream } = await startBoth(onRequest, { breaker: QUICK })
  expect(await opensAt(pool, () => ask(pool).over)).toBe(false)
  expect(upstream.requests.length).toBeGreaterThan(5)
})

test('calls that are aborted, or whose own body breaks, do not open the breaker', async () => {
  const { pool } = await startBoth(() => undefined, { breaker: QUICK })
  const aborted = await opensAt(pool, async () => {
    const recorder = record()
    const call = pool.dispatch({ ...REQUEST, connection: 'fresh' }, recorder.events)
    await recorder.until('connected')
    call.abort()
  })
  expect(aborted).toBe(false)
  const broken = await opensAt(pool, () => {
    const body = new PassThrough()
    const { events, over } = record()
    pool.dispatch({ ...REQUEST, body, connection: 'fresh' }, events)
    body.destroy(new Error('the client left'))
    return over
  })
  expect(broken).toBe(false)
})
