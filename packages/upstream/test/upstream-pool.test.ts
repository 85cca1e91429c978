import { PassThrough, Readable } from 'node:stream'
import { createServer } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { chunk, chunkedHead, listen, OK, REQUEST, response, startBoth, startPool } from './http-upstream.ts'
import { nextTurn, record } from './recorder.ts'

test('a call reports its connection, its head as it came, its body and its end; the next one reuses the connection', async () => {
  const { pool } = await startBoth((socket) => socket.write(response('ok', 'X-Twice: a', 'x-twice: b')))
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  expect(first.lines).toEqual(['connected false', 'head 200', 'chunk ok', 'end'])
  expect(first.headers).toEqual(['content-length', '2', 'X-Twice', 'a', 'x-twice', 'b'])
  await nextTurn()
  const second = record()
  pool.dispatch(REQUEST, second.events)
  await second.over
  expect(second.lines[0]).toBe('connected true')
})

test('repeated request headers go out as they are', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.write(OK))
  const { events, over } = record()
  pool.dispatch({ ...REQUEST, headers: ['X-Twice', 'a', 'X-Twice', 'b'] }, events)
  await over
  expect(upstream.requests[0]?.head).toContain('X-Twice: a\r\nX-Twice: b\r\n')
})

test('a reset on a reused connection comes with the facts that make it the idle-close race', async () => {
  const { pool } = await startBoth((socket, { count }) => (count === 1 ? socket.write(OK) : socket.resetAndDestroy()))
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  await nextTurn()
  const second = record()
  pool.dispatch(REQUEST, second.events)
  const fault = await second.over
  expect(fault?.kind).toBe('reused-closed')
  expect(fault?.facts).toEqual({
    connected: true,
    secure: false,
    requestSent: true,
    reused: true,
    sinceSentMs: expect.any(Number),
    responseStarted: false,
    headersReceived: false,
  })
})

test('interim heads are not reported', async () => {
  const { pool } = await startBoth((socket) =>
    socket.write(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK.toString()}`),
  )
  const { events, lines, over } = record()
  pool.dispatch(REQUEST, events)
  await over
  expect(lines).toEqual(['connected false', 'head 200', 'chunk ok', 'end'])
})

test.each([
  ['with the upgrade that undici refuses', 'connection: upgrade\r\nupgrade: x\r\n'],
  ['without one, which undici takes for an interim head', ''],
])('an unasked 101 is a bad response, %s', async (_case, fields) => {
  const { pool } = await startBoth((socket) => socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n`))
  const { events, over, lines } = record()
  pool.dispatch(REQUEST, events)
  expect((await over)?.kind).toBe('bad-response')
  expect(lines).toEqual(['connected false', 'fault bad-response'])
})

test('an unasked 100 is a bad response, as undici closes the connection on it', async () => {
  const { pool } = await startBoth((socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${OK.toString()}`))
  const { events, over } = record()
  pool.dispatch(REQUEST, events)
  expect((await over)?.kind).toBe('bad-response')
})

test('abort() closes the connection and ends all reports', async () => {
  const closed = Promise.withResolvers<void>()
  const { pool } = await startBoth((socket) => {
    socket.once('close', () => closed.resolve())
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
  })
  const { events, lines, until } = record()
  const call = pool.dispatch(REQUEST, events)
  await until('chunk')
  call.abort()
  await closed.promise
  expect(lines).toEqual(['connected false', 'head 200', 'chunk half'])
})

test('abort() before there is a connection sends nothing, and leaves the connection to the next call', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.write(OK), { maxConnections: 1 })
  const early = record()
  pool.dispatch({ ...REQUEST, path: '/early' }, early.events).abort()
  const after = record()
  pool.dispatch({ ...REQUEST, path: '/after' }, after.events)
  await after.over
  expect(early.lines).toEqual([])
  expect(upstream.requests.map(({ head }) => head.split('\r\n')[0])).toEqual(['POST /after HTTP/1.1'])
  expect(upstream.connections.all).toBe(1)
})

test('pause() holds the body back, resume() lets it go on', async () => {
  const paused = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const { pool } = await startBoth(async (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab')
    await paused.promise
    socket.write('cd', () => written.resolve())
  })
  const { events, lines, over } = record((line) => {
    if (line !== 'chunk ab') return
    call.pause()
    paused.resolve()
  })
  const call = pool.dispatch(REQUEST, events)
  await written.promise
  await nextTurn()
  expect(lines.slice(2)).toEqual(['chunk ab'])
  call.resume()
  await over
  expect(lines.slice(2)).toEqual(['chunk ab', 'chunk cd', 'end'])
})

test('chunks that come with one read are told as one, before the end', async () => {
  const { pool } = await startBoth((socket) =>
    socket.write(
      Buffer.concat([Buffer.from(chunkedHead()), chunk('ab'), chunk('cd'), chunk('ef'), Buffer.from('0\r\n\r\n')]),
    ),
  )
  const { events, lines, over } = record()
  pool.dispatch(REQUEST, events)
  await over
  expect(lines.slice(1)).toEqual(['head 200', 'chunk abcdef', 'end'])
})

test('what came is told before the fault that came with it', async () => {
  const { pool } = await startBoth((socket) =>
    socket.write(Buffer.concat([Buffer.from(chunkedHead()), chunk('ab'), chunk('cd'), Buffer.from('no size\r\n')])),
  )
  const { events, lines, over } = record()
  pool.dispatch(REQUEST, events)
  await over
  expect(lines.slice(1)).toEqual(['head 200', 'chunk abcd', 'fault bad-framing'])
})

test('a call that is aborted from within its head tells nothing of the body that came with it', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.write(response('ok')))
  const { events, lines } = record((line) => {
    if (line === 'head 200') call.abort()
  })
  const call = pool.dispatch(REQUEST, events)
  await vi.waitFor(() => expect(upstream.connections).toMatchObject({ all: 1, open: 0 }))
  expect(lines).toEqual(['connected false', 'head 200'])
})

test('a call that was paused before its head keeps its body back', async () => {
  const { pool } = await startBoth((socket) => socket.write(OK))
  const { events, lines, over, until } = record()
  const call = pool.dispatch(REQUEST, events)
  call.pause()
  await until('head')
  await nextTurn()
  expect(lines).toEqual(['connected false', 'head 200'])
  call.resume()
  await over
  expect(lines.at(-1)).toBe('end')
})

test('a request that cannot be sent is a fault after dispatch() has returned, and its connection is not lost', async () => {
  const { pool } = await startBoth((socket) => socket.write(OK), { maxConnections: 1 })
  const bad = record()
  pool.dispatch({ ...REQUEST, path: '/with space' }, bad.events)
  expect(bad.lines).toEqual([])
  expect((await bad.over)?.facts).toMatchObject({ connected: false, headersReceived: false })
  const good = record()
  pool.dispatch(REQUEST, good.events)
  expect(await good.over).toBeUndefined()
})

test('a streamed body is sent', async () => {
  const { pool, upstream } = await startBoth((socket) => socket.write(OK))
  const { events, over } = record()
  pool.dispatch({ ...REQUEST, body: Readable.from([Buffer.from('one'), Buffer.from('two')]) }, events)
  expect(await over).toBeUndefined()
  expect(upstream.requests[0]?.body).toContain('one')
})

test('a streamed body that breaks is the fault of its call alone, wherever the call is', async () => {
  const { pool } = await startBoth((socket) => socket.write(chunkedHead()), { maxConnections: 1 })
  // While it is being sent.
  const body = new PassThrough()
  const sending = record()
  pool.dispatch({ ...REQUEST, body }, sending.events)
  await sending.until('connected')
  body.write('a part')
  body.destroy(new Error('the client left'))
  expect((await sending.over)?.kind).toBe('upload-broken')

  // While its call waits for a connection, and after that call was aborted.
  const holder = record()
  const held = pool.dispatch(REQUEST, holder.events)
  await holder.until('head')
  const waitingBody = new PassThrough()
  const waiting = record()
  const call = pool.dispatch({ ...REQUEST, body: waitingBody }, waiting.events)
  waitingBody.destroy(new Error('the client left'))
  await nextTurn()
  expect(waiting.lines).toEqual(['queued'])
  call.abort()

  // Before its call goes out.
  const lateBody = new PassThrough()
  const late = record()
  pool.dispatch({ ...REQUEST, body: lateBody }, late.events)
  lateBody.destroy(new Error('the client left'))
  await nextTurn()
  held.abort()
  expect((await late.over)?.error.message).toBe('the client left')
})

test('a reset after the head comes after the bytes before it', async () => {
  const { pool } = await startBoth((socket) => {
    socket.write(chunkedHead())
    socket.write(chunk('half'), () => socket.resetAndDestroy())
  })
  const { events, over, lines } = record()
  pool.dispatch(REQUEST, events)
  expect((await over)?.facts).toMatchObject({ headersReceived: true, connected: true })
  expect(lines.at(-1)).toBe('fault body-reset')
})

test('uploads to a server that breaks connections all settle, and no error goes astray', async () => {
  const ways = createServer((socket) => {
    socket.on('error', () => undefined)
    const way = Math.floor(opened++ / 2) % 4
    if (way === 0) socket.resetAndDestroy()
    else if (way === 1) socket.once('data', () => socket.destroy())
    else if (way === 2) socket.once('data', () => socket.end(OK))
    else socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n', () => socket.resetAndDestroy()))
  })
  let opened = 0
  onTestFinished(() => void ways.close())
  const broken = startPool(`http://127.0.0.1:${await listen(ways)}`, { breaker: 'off' })
  const upload = async (way: number): Promise<void> => {
    const body = new PassThrough()
    const recorder = record()
    const call = broken.dispatch({ ...REQUEST, body }, recorder.events)
    for (let writes = 0; writes < 6; writes++) {
      for (let i = 0; i < 3; i++) body.write(Buffer.alloc(3_000))
      await nextTurn()
    }
    if (way === 0) body.destroy(new Error('the client left'))
    else if (way === 1) call.abort()
    else body.end()
    if (way !== 1) await recorder.over
  }
  for (let round = 0; round < 25; round++) await Promise.all(Array.from({ length: 20 }, (_, i) => upload(i % 3)))
  while (broken.counters.active > 0) await nextTurn()
  expect(broken.counters.queued).toBe(0)
})
