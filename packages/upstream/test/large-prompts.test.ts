import { createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { chunk, chunkedHead, listen, OK, REQUEST, startBoth, startPool } from './http-upstream.ts'
import { nextTurn, record } from './recorder.ts'

const PROMPT_BYTES = 1_000_000
/** More than the kernel takes at once. */
const HUGE_BYTES = 32 * 1024 * 1024

test('a reset of a reused connection, while a body that was here whole is still being written, is the idle-close race', async () => {
  let resets = 0
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      if (bytes.toString('latin1').endsWith('{}')) return void socket.write(OK)
      resets++
      socket.resetAndDestroy()
    })
  })
  onTestFinished(() => void server.close())
  const pool = startPool(`http://127.0.0.1:${await listen(server)}`)
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  await nextTurn()
  const second = record()
  pool.dispatch({ ...REQUEST, body: Buffer.alloc(HUGE_BYTES) }, second.events)
  const fault = await second.over
  expect(fault?.kind).toBe('reused-closed')
  expect(fault?.facts).toMatchObject({ requestSent: true, reused: true, headersReceived: false })
  expect(resets).toBe(1)
})

test('a prompt is let go of when its answer has begun, not when that is over', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.write(chunkedHead() + chunk('a').toString()))
  const { events, until, lines } = record()
  const prompt = send()
  await until('chunk')
  expect(upstream.requests[0]?.head).toContain(`content-length: ${PROMPT_BYTES}`)
  expect(upstream.requests[0]?.body).toHaveLength(PROMPT_BYTES)
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  await vi.waitFor(() => {
    collectGarbage()
    expect(prompt.deref() === undefined).toBe(true)
  })
  expect(lines).not.toContain('end')

  /** A function of its own: one keeps what it has made as long as it runs. */
  function send(): WeakRef<Uint8Array> {
    const body = Buffer.alloc(PROMPT_BYTES, 'p')
    pool.dispatch({ ...REQUEST, body }, events)
    return new WeakRef(body)
  }
})
