import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { certificates } from './certificates.ts'
import { H2_ERROR } from './h2-upstream.ts'
import { listen, REQUEST, startPool } from './http-upstream.ts'
import { nextTurn, record } from './recorder.ts'
import { startH2, answer } from './start-h2.ts'

test('a streamed body that breaks, even in the turn of its last byte, is the fault of its call alone', async () => {
  const { pool, counts } = await startH2(answer)
  const body = new PassThrough()
  const broken = record()
  pool.dispatch({ ...REQUEST, body }, broken.events)
  await broken.until('connected')
  body.write('a part')
  body.destroy(new Error('the client left'))
  const fault = await broken.over
  expect(fault?.facts).toMatchObject({ connected: true, requestSent: false, headersReceived: false })
  expect(fault?.error.message).toBe('the client left')
  const next = record()
  pool.dispatch(REQUEST, next.events)
  expect(await next.over).toBeUndefined()
  expect(counts.connections).toBe(1)
})

test('a streamed body that is closed before its end, or was when its call began, is a fault', async () => {
  const { pool } = await startH2(answer)
  const [open, closed] = [new PassThrough(), new PassThrough()]
  closed.destroy()
  await once(closed, 'close')
  const calls = [open, closed].map((body) => {
    const call = record()
    pool.dispatch({ ...REQUEST, body }, call.events)
    return call
  })
  open.destroy()
  for (const { over } of calls) expect((await over)?.facts).toMatchObject({ headersReceived: false })
})

test('a streamed body is sent whole, and destroyed with a call that is aborted', async () => {
  const { pool } = await startH2(answer)
  const whole = record()
  pool.dispatch({ ...REQUEST, body: Readable.from([Buffer.alloc(40_000), Buffer.alloc(1)]) }, whole.events)
  expect(await whole.over).toBeUndefined()
  const body = new PassThrough()
  const aborted = record()
  const call = pool.dispatch({ ...REQUEST, body }, aborted.events)
  await aborted.until('connected')
  body.write('a part')
  call.abort()
  await once(body, 'close')
  expect(aborted.lines).toEqual(['connected true'])
})

test('uploads to a server that breaks streams and sessions all settle, and no error goes astray', async () => {
  const { ca, server } = await certificates()
  let count = 0
  const h2 = createSecureServer({ ...server })
  h2.on('sessionError', () => undefined)
  h2.on('stream', (stream) => {
    stream.on('error', () => undefined)
    const way = count++ % 4
    if (way === 0) stream.close(H2_ERROR.cancel)
    else if (way === 1) stream.once('data', () => stream.close(H2_ERROR.internal))
    else if (way === 2) stream.once('data', () => stream.session?.destroy())
    else stream.resume().respond({ ':status': 200 })
    if (way === 3) stream.end('ok')
  })
  onTestFinished(() => void h2.close())
  const pool = startPool(`https://localhost:${await listen(h2)}`, { ca, allowH2: true, breaker: 'off' })
  const upload = async (way: number): Promise<void> => {
    const body = new PassThrough()
    const recorder = record()
    const call = pool.dispatch({ ...REQUEST, body }, recorder.events)
    for (let writes = 0; writes < 6; writes++) {
      for (let i = 0; i < 3; i++) body.write(Buffer.alloc(3_000))
      // Real time, so that answers meet aborts: node:http2 makes up streams for heads that come for aborted ones.
      await setTimeout(1)
    }
    if (way === 0) body.destroy(new Error('the client left'))
    else if (way === 1) call.abort()
    else body.end()
    if (way !== 1) await recorder.over
  }
  for (let round = 0; round < 40; round++) await Promise.all(Array.from({ length: 20 }, (_, i) => upload(i % 3)))
  while (pool.counters.active > 0) await nextTurn()
  expect(pool.counters.queued).toBe(0)
})
