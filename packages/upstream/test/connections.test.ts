import { execFile } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { chunkedHead, LAST_CHUNK, listen, OK, REQUEST, response, startBoth, startPool } from './http-upstream.ts'
import { nextTurn, record } from './recorder.ts'

test('no more connections than maxConnections; calls beyond them wait and go out first come, first served', async () => {
  const held: Socket[] = []
  const { pool, upstream } = await startBoth(
    (socket) => {
      held.push(socket)
      socket.write(chunkedHead())
    },
    { maxConnections: 2 },
  )
  const calls = [1, 2, 3, 4, 5].map((n) => {
    const recorder = record()
    pool.dispatch({ ...REQUEST, path: `/${n}` }, recorder.events)
    return recorder
  })
  expect(calls.map(({ lines }) => lines)).toEqual([[], [], ['queued'], ['queued'], ['queued']])
  expect(pool.counters.queued).toBe(3)
  for (const call of calls) {
    await call.until('head')
    held.shift()?.write(LAST_CHUNK)
    await call.over
  }
  expect(upstream.requests.map(({ head }) => head.split(' ')[1])).toEqual(['/1', '/2', '/3', '/4', '/5'])
  expect(calls[4]?.lines).toEqual(['queued', 'connected true', 'head 200', 'end'])
  expect(upstream.connections).toMatchObject({ all: 2, most: 2 })
  expect(pool.counters.queued).toBe(0)
})

test('abort() takes a call out of the queue silently', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.write(chunkedHead()), { maxConnections: 1 })
  const first = record()
  const held = pool.dispatch(REQUEST, first.events)
  await first.until('head')
  const second = record()
  const waiting = pool.dispatch({ ...REQUEST, path: '/second' }, second.events)
  const third = record()
  pool.dispatch({ ...REQUEST, path: '/third' }, third.events)
  waiting.abort()
  expect(pool.counters.queued).toBe(1)
  held.abort()
  await third.until('head')
  expect(second.lines).toEqual(['queued'])
  expect(upstream.requests.map(({ head }) => head.split(' ')[1])).toEqual(['/', '/third'])
})

test('a waiting call goes out when the connection it waits for breaks, or cannot be set up', async () => {
  const { pool, upstream } = await startBoth(
    (socket, { count }) => (count === 1 ? socket.resetAndDestroy() : socket.write(OK)),
    { maxConnections: 1 },
  )
  const [broken, next] = [record(), record()]
  pool.dispatch(REQUEST, broken.events)
  pool.dispatch(REQUEST, next.events)
  expect((await broken.over)?.kind).toBe('closed-before-headers')
  expect(await next.over).toBeUndefined()
  expect(next.lines).toEqual(['queued', 'connected false', 'head 200', 'chunk ok', 'end'])

  upstream.stop()
  const [refused, after] = [record(), record()]
  const nobody = startPool(`http://127.0.0.1:${upstream.port}`, { maxConnections: 1 })
  nobody.dispatch(REQUEST, refused.events)
  nobody.dispatch(REQUEST, after.events)
  expect((await refused.over)?.kind).toBe('refused')
  expect((await after.over)?.kind).toBe('refused')
})

test('the connection that was used last is used first', async () => {
  const held: Socket[] = []
  const { pool, upstream } = await startBoth((socket) => held.push(socket) > 2 && socket.write(OK))
  const [first, second] = [record(), record()]
  pool.dispatch(REQUEST, first.events)
  await first.until('connected')
  pool.dispatch(REQUEST, second.events)
  await second.until('connected')
  while (held.length < 2) await nextTurn()
  held[1]?.write(OK)
  await second.over
  await nextTurn()
  held[0]?.write(OK)
  await first.over
  await nextTurn()
  const third = record()
  pool.dispatch(REQUEST, third.events)
  await third.over
  expect(upstream.requests.map(({ connection }) => connection)).toEqual([1, 2, 1])
})

test('a fresh connection is new even if there is an idle one, and is kept afterwards', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.write(OK))
  for (const connection of [undefined, 'fresh', 'any'] as const) {
    const { events, over } = record()
    pool.dispatch({ ...REQUEST, connection }, events)
    await over
    await nextTurn()
  }
  expect(upstream.requests.map(({ connection }) => connection)).toEqual([1, 2, 2])
})

test('at the limit an idle connection is closed for a fresh one, which then counts', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.write(OK), { maxConnections: 1 })
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  await nextTurn()
  const fresh = record()
  pool.dispatch({ ...REQUEST, connection: 'fresh' }, fresh.events)
  await fresh.over
  expect(fresh.lines.slice(-4)).toEqual(['connected false', 'head 200', 'chunk ok', 'end'])
  expect(upstream.connections).toMatchObject({ all: 2 })
  expect(pool.counters.open).toBe(1)
})

test('at the limit a fresh call waits for a busy connection to be free', async () => {
  const held: Socket[] = []
  const { pool, upstream } = await startBoth(
    (socket, { count }) => (count === 1 ? held.push(socket) : socket.write(OK)),
    { maxConnections: 1 },
  )
  const [first, fresh] = [record(), record()]
  pool.dispatch(REQUEST, first.events)
  await first.until('connected')
  pool.dispatch({ ...REQUEST, connection: 'fresh' }, fresh.events)
  expect(fresh.lines).toEqual(['queued'])
  while (held.length < 1) await nextTurn()
  held[0]?.write(OK)
  await fresh.over
  expect(fresh.lines).toEqual(['queued', 'connected false', 'head 200', 'chunk ok', 'end'])
  expect(upstream.connections.all).toBe(2)
})

test('an idle connection is closed after keepAliveMs, and the next call gets a new one', async () => {
  const closed = Promise.withResolvers<void>()
  const { pool, upstream } = await startBoth(
    (socket) => {
      socket.once('close', () => closed.resolve())
      socket.write(OK)
    },
    { keepAliveMs: 20 },
  )
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  await closed.promise
  const second = record()
  pool.dispatch(REQUEST, second.events)
  await second.over
  expect(second.lines[0]).toBe('connected false')
  expect(upstream.connections.all).toBe(2)
})

test('a Keep-Alive hint wins over keepAliveMs: minus two seconds, so that one of two seconds means no reuse', async () => {
  const { pool } = await startBoth((socket) => socket.write(response('ok', 'keep-alive: timeout=2')))
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  await nextTurn()
  const second = record()
  pool.dispatch(REQUEST, second.events)
  await second.over
  expect(second.lines[0]).toBe('connected false')
})

test('calls that lose the idle-close race are mended by a fresh connection, and the breaker stays closed', async () => {
  const served = new Map<number, number>()
  const { pool } = await startBoth(
    (socket, { connection }) => {
      served.set(connection, (served.get(connection) ?? 0) + 1)
      if (served.get(connection) === 3) socket.resetAndDestroy()
      else socket.write(OK)
    },
    { breaker: { windowMs: 100, minAttempts: 1, failedShare: 0.01 } },
  )
  for (let i = 0; i < 100; i++) {
    const { events, over } = record()
    pool.dispatch(REQUEST, events)
    const fault = await over
    if (fault !== undefined) {
      expect(fault.kind).toBe('reused-closed')
      const retry = record()
      pool.dispatch({ ...REQUEST, connection: 'fresh' }, retry.events)
      expect(await retry.over).toBeUndefined()
    }
    await nextTurn()
  }
  expect(pool.counters.racesSeen).toBeGreaterThan(40)
  expect(pool.counters.breakerOpened).toBe(0)
})

test('a response with connection: close ends the connection without losing the next call', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.end(response('ok', 'connection: close')), {
    maxConnections: 1,
  })
  const open: number[] = []
  const note = (line: string): unknown => line.startsWith('connected') && open.push(pool.counters.open)
  const calls = [record(note), record(note), record(note)]
  for (const { events } of calls) pool.dispatch(REQUEST, events)
  for (const { over } of calls) expect(await over).toBeUndefined()
  expect(upstream.connections.all).toBe(3)
  expect(open).toEqual([1, 1, 1])
})

test('hundreds of calls over few connections all settle', async () => {
  const { pool } = await startBoth(
    (socket, { count }) => (count % 7 === 0 ? socket.resetAndDestroy() : socket.write(OK)),
    { maxConnections: 4, breaker: 'off' },
  )
  let mostOpen = 0
  const note = (): unknown => (mostOpen = Math.max(mostOpen, pool.counters.open))
  const calls = Array.from({ length: 400 }, () => record(note))
  for (const [i, { events }] of calls.entries()) {
    const call = pool.dispatch({ ...REQUEST, connection: i % 5 === 0 ? 'fresh' : 'any' }, events)
    if (i % 11 === 0) call.abort()
  }
  await Promise.all(calls.filter((_, i) => i % 11 !== 0).map(({ over }) => over))
  expect(mostOpen).toBeLessThanOrEqual(4)
  expect(pool.counters).toMatchObject({ queued: 0, active: 0 })
})

test('close() lets calls under way and those that wait end, and takes no more', async () => {
  const held: Socket[] = []
  const { pool, upstream } = await startBoth(
    (socket, { count }) => (count === 1 ? held.push(socket) : socket.write(OK)),
    { maxConnections: 1 },
  )
  const [under, waiting, late] = [record(), record(), record()]
  pool.dispatch(REQUEST, under.events)
  pool.dispatch(REQUEST, waiting.events)
  await under.until('connected')
  let closed = false
  const closing = pool.close().then(() => (closed = true))
  pool.dispatch(REQUEST, late.events)
  expect(late.lines).toEqual([])
  expect((await late.over)?.facts.connected).toBe(false)
  expect(closed).toBe(false)
  while (held.length < 1) await nextTurn()
  held[0]?.write(OK)
  expect(await under.over).toBeUndefined()
  expect(await waiting.over).toBeUndefined()
  await closing
  while (upstream.connections.open > 0) await nextTurn()
})

test('destroy() ends calls under way, in set-up and in the queue with a fault, also while close() waits', async () => {
  const { pool } = await startBoth((socket) => socket.write(chunkedHead()), { maxConnections: 1 })
  const [under, waiting] = [record(), record()]
  pool.dispatch(REQUEST, under.events)
  pool.dispatch(REQUEST, waiting.events)
  await under.until('head')
  const closing = pool.close()
  await pool.destroy()
  expect((await under.over)?.facts.headersReceived).toBe(true)
  expect((await waiting.over)?.facts.connected).toBe(false)
  await closing
  await pool.destroy()
  await pool.close()
})

test('after destroy() nothing keeps a process alive, not even a connection that is being set up', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined))
  onTestFinished(() => void silent.close())
  const port = await listen(silent)
  const program = `
    import { createUpstreamPool } from '@stopbit/upstream'
    const pool = createUpstreamPool({ url: new URL('https://127.0.0.1:${port}'), connectTimeoutMs: 60_000 })
    const events = { upstreamFault: (error) => console.log(error.code) }
    pool.dispatch({ method: 'GET', path: '/', headers: [], body: undefined }, events)
    setTimeout(() => pool.destroy(), 50)
  `
  const flags = ['--conditions=@stopbit/source', '--no-warnings', '--input-type=module', '-e', program]
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd, timeout: 8_000 })
  expect(stdout).toBe('UND_ERR_DESTROYED\n')
})

test('a server that stops does not leave its idle connections in the pool', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.write(OK))
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  upstream.stop()
  while (pool.counters.open > 0) await nextTurn()
  const second = record()
  pool.dispatch(REQUEST, second.events)
  expect((await second.over)?.kind).toBe('refused')
})
