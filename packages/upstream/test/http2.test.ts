import { createSecureServer } from 'node:http2'
import { PassThrough, Readable } from 'node:stream'
import zlib from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { certificates } from './certificates.ts'
import { H2_ERROR, type H2Request, startH2Upstream } from './h2-upstream.ts'
import { listen, OK, REQUEST, startPool, startUpstream } from './http-upstream.ts'
import { nextTurn, record } from './recorder.ts'
import { startH2, answer } from './start-h2.ts'

test('without allowH2 an upstream that speaks only HTTP/2 cannot be reached', async () => {
  const { ca, server } = await certificates()
  const { port } = await startH2Upstream(server, answer)
  const { events, over } = record()
  startPool(`https://localhost:${port}`, { ca }).dispatch(REQUEST, events)
  expect((await over)?.kind).toBe('tls-handshake')
})

test('with allowH2 an upstream that speaks HTTP/1.1 is spoken to as ever, on as many connections as calls', async () => {
  const { ca, server } = await certificates()
  const upstream = await startUpstream((socket) => socket.write(OK), server)
  const pool = startPool(`https://localhost:${upstream.port}`, { ca, allowH2: true })
  const calls = [record(), record(), record()]
  for (const { events } of calls) pool.dispatch(REQUEST, events)
  for (const { over, lines } of calls) {
    expect(await over).toBeUndefined()
    expect(lines[0]).toMatch(/^connected/)
  }
})

test('calls share one session, which is not known to be idle then, and no head has pseudo headers', async () => {
  const held: H2Request[] = []
  const { pool, counts } = await startH2((request) => {
    request.head(103)
    request.head()
    held.push(request)
  })
  const calls = Array.from({ length: 5 }, () => record())
  for (const { events } of calls) pool.dispatch(REQUEST, events)
  await Promise.all(calls.map(({ until }) => until('head')))
  for (const request of held) request.data('ok', 'end')
  await Promise.all(calls.map(({ over }) => over))
  expect(calls.map(({ lines }) => lines[0])).toEqual([
    'connected false',
    'connected undefined',
    'connected undefined',
    'connected undefined',
    'connected undefined',
  ])
  for (const { headers, lines } of calls) {
    expect(headers).toEqual([])
    expect(lines.slice(1)).toEqual(['head 200', 'chunk ok', 'end'])
  }
  expect(counts).toEqual({ streams: 5, connections: 1 })
  expect(pool.counters).toMatchObject({ requestsSent: 5, requestsOnReused: 4, open: 1, active: 0, queued: 0 })
})

test('a session that dies while it is at work for another call is no race with an idle close', async () => {
  const { pool } = await startH2((request) => {
    if (request.count === 1) return answer(request)
    request.head()
    if (request.count === 3) request.socket.destroy()
  })
  const [before, streaming, next] = [record(), record(), record()]
  pool.dispatch(REQUEST, before.events)
  await before.over
  await nextTurn()
  pool.dispatch(REQUEST, streaming.events)
  await streaming.until('head')
  pool.dispatch(REQUEST, next.events)
  const fault = await next.over
  await streaming.over
  expect(streaming.lines[0]).toBe('connected true')
  expect(next.lines[0]).toBe('connected undefined')
  expect(fault?.facts.reused).toBeUndefined()
  expect(fault?.kind).not.toBe('reused-closed')
  expect(pool.counters).toMatchObject({ requestsOnReused: 2, racesSeen: 0 })
})

test.each(['is over', 'is aborted'])(
  'an upload whose answer %s first is broken off: what the upstream has of it does not look whole',
  async (how) => {
    const { ca, server } = await certificates()
    const h2 = createSecureServer(server)
    const broken = Promise.withResolvers<{ error: Error; got: string }>()
    h2.on('stream', (stream) => {
      let got = ''
      stream.on('data', (bytes: Buffer) => (got += bytes.toString()))
      stream.on('error', (error) => broken.resolve({ error, got }))
      stream.once('data', () => {
        stream.respond({ ':status': 200 })
        if (how === 'is over') stream.end('ok')
      })
    })
    onTestFinished(() => void h2.close())
    const pool = startPool(`https://localhost:${await listen(h2)}`, { ca, allowH2: true })
    const body = new PassThrough()
    const { events, over, until } = record()
    const call = pool.dispatch({ ...REQUEST, body }, events)
    body.write('a part')
    await until('head')
    if (how === 'is over') expect(await over).toBeUndefined()
    else call.abort()
    body.end('the rest')
    const { error, got } = await broken.promise
    expect(error).toMatchObject({ message: 'Stream closed with error code NGHTTP2_INTERNAL_ERROR' })
    expect(got).toBe('a part')
  },
)

test('headers of a HTTP/2 head come as a list, repeated fields too', async () => {
  const { ca, server } = await certificates()
  const h2 = createSecureServer({ ...server }, (request, response) => {
    request.resume()
    response.writeHead(200, { 'x-a': '1', 'set-cookie': ['a', 'b'] }).end('ok')
  })
  onTestFinished(() => void h2.close())
  const pool = startPool(`https://localhost:${await listen(h2)}`, { ca, allowH2: true })
  onTestFinished(() => pool.destroy())
  const { events, over, headers } = record()
  pool.dispatch({ ...REQUEST, body: Readable.from([Buffer.from('{}')]) }, events)
  await over
  expect(headers.slice(0, 6)).toEqual(['x-a', '1', 'set-cookie', 'a', 'set-cookie', 'b'])
  expect(headers.filter((field) => field.startsWith(':'))).toEqual([])
})

test('a fresh connection is a session of its own', async () => {
  const { pool, counts } = await startH2(answer)
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  const fresh = record()
  pool.dispatch({ ...REQUEST, connection: 'fresh' }, fresh.events)
  await fresh.over
  expect(fresh.lines[0]).toBe('connected false')
  expect(counts.connections).toBe(2)
})

test.each([
  ['CANCEL', H2_ERROR.cancel],
  ['NO_ERROR', H2_ERROR.none],
  ['INTERNAL_ERROR', H2_ERROR.internal],
])(
  'a stream that is reset with %s in its body is a fault, though undici calls two of them a clean end',
  async (_name, code) => {
    let reset: () => void = () => undefined
    const { pool } = await startH2((request) => {
      request.head()
      request.data('half')
      reset = () => request.reset(code)
    })
    const { events, over, until, body } = record()
    pool.dispatch(REQUEST, events)
    await until('chunk')
    reset()
    const fault = await over
    expect(fault?.kind).toBe('body-reset')
    expect(fault?.facts.headersReceived).toBe(true)
    expect(body()).toBe('half')
    if (code !== H2_ERROR.internal) expect(fault?.error).toMatchObject({ code: 'HTTP2StreamReset' })
  },
)

test.each([
  ['at once', false],
  ['after a pause', true],
])(
  'a body that is over stays a clean end when the stream is reset with NO_ERROR behind it, read %s',
  async (_case, pauses) => {
    const { pool } = await startH2((request) => {
      request.head()
      request.data('half')
      request.data('whole', 'end')
      request.reset(H2_ERROR.none)
    })
    const { events, over, body } = record((line) => {
      if (pauses && line.startsWith('head')) call.pause()
    })
    const call = pool.dispatch(REQUEST, events)
    if (pauses) {
      while (pool.counters.bytesReceived === 0 || pool.counters.active === 0) await nextTurn()
      for (let i = 0; i < 20; i++) await nextTurn()
      call.resume()
    }
    expect(await over).toBeUndefined()
    expect(body()).toBe('halfwhole')
  },
)

test('a stream that is reset in a coded body is a fault after what could be decoded', async () => {
  const { pool } = await startH2((request) => {
    request.head()
    request.data(zlib.gzipSync('data: 1\n\n', { finishFlush: zlib.constants.Z_SYNC_FLUSH }))
    request.reset(H2_ERROR.cancel)
  })
  const { events, over, body } = record()
  const call = pool.dispatch(REQUEST, { ...events, upstreamHead: () => call.decode('gzip') })
  expect((await over)?.kind).toBe('body-reset')
  expect(body()).toBe('data: 1\n\n')
})

test('abort() in the very turn in which a request went out does not stall the process', async () => {
  const { pool, counts } = await startH2(answer)
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  await nextTurn()
  const gone = record()
  pool.dispatch(REQUEST, gone.events).abort()
  const inside = record(() => queueMicrotask(() => call.abort()))
  const call = pool.dispatch(REQUEST, inside.events)
  const last = record()
  pool.dispatch(REQUEST, last.events)
  expect(await last.over).toBeUndefined()
  expect(counts.connections).toBe(1)
})

test('destroy() in the very turn in which a request went out ends it with a fault', async () => {
  const { pool } = await startH2(answer)
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  await nextTurn()
  const last = record()
  pool.dispatch(REQUEST, last.events)
  await pool.destroy()
  expect((await last.over)?.facts.headersReceived).toBe(false)
})

test.each([
  ['REFUSED_STREAM', (request: H2Request) => request.reset(H2_ERROR.refused)],
  ['GOAWAY', (request: H2Request) => request.goaway(request.stream - 2 < 0 ? 0 : request.stream - 2, H2_ERROR.none)],
])('undici sends a request again by itself after %s, which is counted', async (_name, refuse) => {
  const { pool, counts } = await startH2((request) => (request.count === 1 ? refuse(request) : answer(request)))
  const { events, over, lines } = record()
  pool.dispatch(REQUEST, events)
  expect(await over).toBeUndefined()
  expect(lines).toEqual(['connected false', 'head 200', 'chunk ok', 'end'])
  expect(counts.streams).toBe(2)
  expect(pool.counters).toMatchObject({ hiddenResends: 1, requestsSent: 2, active: 0 })
})

test('a request that is refused twice is a fault', async () => {
  const { pool } = await startH2((request) => request.reset(H2_ERROR.refused))
  const { events, over } = record()
  pool.dispatch(REQUEST, events)
  expect((await over)?.facts).toMatchObject({ connected: true, headersReceived: false })
  expect(pool.counters).toMatchObject({ hiddenResends: 1, active: 0 })
})

test('abort() resets its stream and leaves the others of the session alone', async () => {
  const held: H2Request[] = []
  const { pool, counts } = await startH2((request) => {
    request.head()
    held.push(request)
  })
  const [gone, stays] = [record(), record()]
  const call = pool.dispatch(REQUEST, gone.events)
  pool.dispatch(REQUEST, stays.events)
  await Promise.all([gone.until('head'), stays.until('head')])
  call.abort()
  held[1]?.data('ok', 'end')
  expect(await stays.over).toBeUndefined()
  expect(gone.lines).toEqual(['connected false', 'head 200'])
  expect(counts.connections).toBe(1)
})
