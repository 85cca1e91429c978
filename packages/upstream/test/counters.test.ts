import type { Socket } from 'node:net'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { chunkedHead, LAST_CHUNK, OK, REQUEST, startBoth } from './http-upstream.ts'
import { nextTurn, record } from './recorder.ts'

test('the counters begin at zero and are plain numbers', async () => {
  const { pool } = await startBoth((socket) => socket.write(OK))
  expect({ ...pool.counters }).toEqual({
    connectionsOpened: 0,
    connectionFailures: 0,
    requestsSent: 0,
    requestsOnReused: 0,
    racesSeen: 0,
    hiddenResends: 0,
    bytesSent: 0,
    bytesReceived: 0,
    open: 0,
    active: 0,
    queued: 0,
    breakerOpened: 0,
  })
})

test('connections, requests and bytes are counted as they happen, to the byte, and stay when a connection closes', async () => {
  const held: Socket[] = []
  const { pool, upstream } = await startBoth((socket) => held.push(socket))
  const answers = [OK, Buffer.from(chunkedHead() + LAST_CHUNK)]
  let received = 0
  for (const [i, answer] of answers.entries()) {
    const { events, over, until } = record()
    pool.dispatch(REQUEST, events)
    await until('connected')
    expect(pool.counters).toMatchObject({
      connectionsOpened: 1,
      requestsSent: i + 1,
      requestsOnReused: i,
      active: 1,
      open: 1,
    })
    while (held.length === i) await nextTurn()
    held[i]?.write(answer)
    received += answer.byteLength
    await over
    await nextTurn()
    expect(pool.counters.bytesReceived).toBe(received)
    expect(pool.counters.active).toBe(0)
  }
  const sent = upstream.requests.reduce((sum, { head, body }) => sum + head.length + 4 + body.length, 0)
  expect(pool.counters.bytesSent).toBe(sent)
  await pool.destroy()
  while (pool.counters.open > 0) await nextTurn()
  expect(pool.counters).toMatchObject({ bytesSent: sent, bytesReceived: received, connectionsOpened: 1, open: 0 })
})

test('the idle-close race is counted, a close on a connection that was never used is not', async () => {
  const { pool } = await startBoth((socket, { count }) => (count === 2 ? socket.write(OK) : socket.destroy()))
  for (const kind of ['closed-before-headers', undefined, 'reused-closed']) {
    const { events, over } = record()
    pool.dispatch(REQUEST, events)
    expect((await over)?.kind).toBe(kind)
    await nextTurn()
  }
  expect(pool.counters.racesSeen).toBe(1)
})

test('two pools to one origin, and undici used by others, do not get into each other’s numbers', async () => {
  const { pool: first, upstream } = await startBoth((socket) => socket.write(OK))
  const { pool: second } = await startBoth((socket) => socket.write(OK))
  const url = `http://127.0.0.1:${upstream.port}`
  for (const pool of [first, second, first]) {
    const [a, b] = [record(), record()]
    pool.dispatch(REQUEST, a.events)
    // Both of undici's, the one of npm and the one in Node, publish on the same channels.
    const others = [
      request(url, { method: 'POST', body: '{}' }).then(({ body }) => body.text()),
      fetch(url, { method: 'POST', body: '{}' }).then((answer) => answer.text()),
    ]
    pool.dispatch(REQUEST, b.events)
    await Promise.all([a.over, b.over])
    expect(await Promise.all(others)).toEqual(['ok', 'ok'])
    await nextTurn()
  }
  expect(first.counters).toMatchObject({ requestsSent: 4, connectionsOpened: 2, requestsOnReused: 2, active: 0 })
  expect(second.counters).toMatchObject({ requestsSent: 2, connectionsOpened: 2, requestsOnReused: 0, active: 0 })
})

test('a call that was aborted or failed is not active any more', async () => {
  const { pool } = await startBoth((socket, { count }) =>
    count === 1 ? socket.write(chunkedHead()) : socket.destroy(),
  )
  const first = record()
  const call = pool.dispatch(REQUEST, first.events)
  await first.until('head')
  expect(pool.counters.active).toBe(1)
  call.abort()
  const second = record()
  pool.dispatch(REQUEST, second.events)
  await second.over
  expect(pool.counters.active).toBe(0)
})
