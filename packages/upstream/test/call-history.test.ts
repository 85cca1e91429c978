import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { FailedCall } from '../src/index.ts'
import { chunk, chunkedHead, OK, REQUEST, startBoth } from './http-upstream.ts'
import { record } from './recorder.ts'

/** An upstream that sends some chunks, and hands out its socket. */
async function startWith(chunks: readonly string[], maxBytes?: number) {
  const calls: FailedCall[] = []
  const socket = Promise.withResolvers<Socket>()
  const { pool } = await startBoth(
    (open) => {
      open.write(chunkedHead() + chunks.map((text) => chunk(text).toString()).join(''))
      socket.resolve(open)
    },
    { history: { maxBytes, onFault: (call) => calls.push(call) } },
  )
  return { pool, calls, socket: socket.promise }
}

test('history hands over a call that was reset, with its head, its bytes and their times, and nothing of its request', async () => {
  const { pool, calls, socket } = await startWith(['ab'])
  const { events, over, until } = record()
  pool.dispatch(REQUEST, events)
  await until('chunk')
  expect(calls).toEqual([])
  const upstream = await socket
  upstream.resetAndDestroy()
  await over
  expect(calls).toEqual([
    {
      method: 'POST',
      path: '/',
      requestBytes: 2,
      droppedBytes: 0,
      events: [
        { atMs: expect.any(Number), kind: 'connected', reused: false },
        { atMs: expect.any(Number), kind: 'head', status: 200, headers: ['transfer-encoding', 'chunked'] },
        { atMs: expect.any(Number), kind: 'received', bytes: Buffer.from('ab') },
        { atMs: expect.any(Number), kind: 'fault', code: 'ECONNRESET' },
      ],
    },
  ])
})

test('history keeps at most maxBytes of an answer, the newest, and says how many went', async () => {
  const { pool, calls, socket } = await startWith(['first'], 8)
  const { events, over, until } = record()
  pool.dispatch(REQUEST, events)
  await until('chunk first')
  const upstream = await socket
  upstream.write(chunk('second'))
  await until('chunk second')
  upstream.resetAndDestroy()
  await over
  expect(calls[0]?.droppedBytes).toBe(5)
  expect(calls[0]?.events.filter(({ kind }) => kind === 'received').length).toBe(1)
})

test('history says nothing of a call that ends well, nor of one that was aborted', async () => {
  const calls: FailedCall[] = []
  const { pool } = await startBoth((socket) => socket.write(OK), { history: { onFault: (call) => calls.push(call) } })
  const whole = record()
  pool.dispatch(REQUEST, whole.events)
  await whole.over
  const aborted = record()
  pool.dispatch(REQUEST, aborted.events).abort()
  await pool.close()
  expect(calls).toEqual([])
})
