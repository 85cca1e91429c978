import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  chunk,
  connectRaw,
  handlerFor,
  json,
  listen,
  OPENING,
  post,
  startRawUpstream,
  STREAM,
  STREAM_HEAD,
} from './sockets.ts'

const REQUEST = JSON.stringify({ model: 'claude', stream: true, max_tokens: 9, messages: [] })

/** Waits until nothing more of what is written is taken: every buffer on the way is full. */
async function stuck(socket: Socket): Promise<void> {
  let flushed = -1
  await expect
    .poll(
      () => {
        const before = flushed
        flushed = socket.bytesWritten - socket.writableLength
        return flushed === before && flushed > 1024 * 1024
      },
      { interval: 200, timeout: 4_000 },
    )
    .toBe(true)
}

/** An upstream that begins a stream and waits, and when its connection closes. */
async function hangingUpstream(): Promise<{ url: URL; closed: Promise<void>; socket: Promise<Socket> }> {
  const closed = Promise.withResolvers<void>()
  const socket = Promise.withResolvers<Socket>()
  const url = await startRawUpstream(async (peer) => {
    peer.socket.once('close', () => closed.resolve())
    await peer.until(/\r\n\r\n/)
    socket.resolve(peer.socket)
    peer.socket.write(STREAM_HEAD + chunk(OPENING))
  })
  return { url, closed: closed.promise, socket: socket.promise }
}

describe('a client that leaves is gone at the upstream within a second', () => {
  test.each([
    ['with a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['by closing', (socket: Socket) => socket.destroy()],
    ['by closing its side alone, which Node answers with an end', (socket: Socket) => socket.end()],
  ])('%s', { timeout: 3_000 }, async (_how, leave) => {
    const upstream = await hangingUpstream()
    const { handler, record } = handlerFor(upstream.url)
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.write(post(REQUEST))
    await client.until(/Hello/)
    const leftAt = performance.now()
    leave(client.socket)
    await upstream.closed
    expect(performance.now() - leftAt).toBeLessThan(1_000)
    expect(await record()).toMatchObject({ ending: 'client-gone', clientGone: true, fault: { kind: 'client-gone' } })
  })

  test('by closing its side alone while it reads nothing of what waits for it', { timeout: 5_000 }, async () => {
    const upstream = Promise.withResolvers<Socket>()
    const closed = Promise.withResolvers<void>()
    const url = await startRawUpstream(async ({ socket, until }) => {
      socket.once('close', () => closed.resolve())
      await until(/\r\n\r\n/)
      upstream.resolve(socket)
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ntransfer-encoding: chunked\r\n\r\n')
      const bytes = chunk('x'.repeat(1024 * 1024))
      const goOn = (): void => void socket.write(bytes, () => setImmediate(goOn))
      goOn()
    })
    const { handler, record } = handlerFor(url)
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.pause()
    client.socket.write('GET /v1/files/f/content HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await stuck(await upstream.promise)
    client.socket.end()
    await closed.promise
    expect(await record()).toMatchObject({ ending: 'client-gone' })
  })

  test('and what it had pipelined is not asked for any more', { timeout: 3_000 }, async () => {
    let asked = 0
    const isAsked = Promise.withResolvers<void>()
    const isClosed = Promise.withResolvers<void>()
    const url = await startRawUpstream(async ({ socket, until }) => {
      socket.once('close', isClosed.resolve)
      await until(/\r\n\r\n/)
      asked++
      isAsked.resolve()
    })
    const { handler, record } = handlerFor(url)
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.write(post(REQUEST) + post(REQUEST))
    await isAsked.promise
    client.socket.resetAndDestroy()
    await isClosed.promise
    const records = [await record(1), await record(2)]
    expect(records.map(({ ending }) => ending)).toEqual(['client-gone', 'client-gone'])
    expect(records.filter(({ attempts }) => attempts.length === 0)).toHaveLength(1)
    expect(asked).toBe(1)
  })

  test('a large answer that waits behind a slow one of a pipelining client is not taken for unread', async () => {
    const body = 'x'.repeat(400_000)
    const url = await startRawUpstream(async ({ socket, until }) => {
      const slow = (await until(/\r\n\r\n/)).includes('/slow')
      if (slow) await new Promise((resolve) => setTimeout(resolve, 300)) // the case itself: longer than the stall limit
      socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    })
    const { handler, record } = handlerFor(url, { exchange: { downstreamStallMs: 100 } })
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`
    client.socket.write(get('/slow') + get('/large') + get('/last', 'connection: close\r\n'))
    expect((await client.over()).length).toBeGreaterThan(3 * body.length)
    for (const n of [1, 2, 3]) expect(await record(n)).toMatchObject({ ending: 'completed', clientStalled: false })
  })

  test('twenty pipelined requests raise no warning of too many listeners', async () => {
    const warnings: Error[] = []
    process.on('warning', (warning) => warnings.push(warning))
    const url = await startRawUpstream(async ({ socket, until }) => {
      await until(/\r\n\r\n/)
      socket.end(json(200))
    })
    const { handler, record } = handlerFor(url)
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.write(post('{}').repeat(19) + post('{}', 'connection: close'))
    expect((await client.over()).match(/HTTP\/1\.1 200/g)).toHaveLength(20)
    await record(20)
    await new Promise(setImmediate)
    expect(warnings).toEqual([])
  })
})

test('a client that closes its side when the whole answer is written still reads all of it', async () => {
  const body = 'x'.repeat(8 * 1024 * 1024)
  const url = await startRawUpstream(async ({ socket, until }) => {
    await until(/\r\n\r\n/)
    socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  })
  const { handler, record } = handlerFor(url)
  const ended = Promise.withResolvers<void>()
  const port = await listen((request, response) => {
    response.once('prefinish', ended.resolve)
    void handler(request, response)
  })
  const client = await connectRaw(port)
  client.socket.write('GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await ended.promise
  client.socket.end()
  const received = await client.over()
  expect(received.length - received.indexOf('\r\n\r\n') - 4).toBe(body.length)
  expect(await record()).toMatchObject({ ending: 'completed', clientGone: false })
})

describe('Expect: 100-continue', () => {
  const expecting = post(REQUEST, 'expect: 100-continue').split('\r\n\r\n')[0] ?? ''

  test.each([
    ['of a plain server', 'request' as const],
    ['of a server that listens for checkContinue and hands it to the handler', 'checkContinue' as const],
  ])('the client gets its 100 before an upstream that is slow, %s', async (_name, event) => {
    const maySend = Promise.withResolvers<void>()
    const url = await startRawUpstream(async ({ socket, until }) => {
      await until(/\{"model"/)
      await maySend.promise
      socket.write(STREAM)
    })
    const { handler } = handlerFor(url)
    const server = createServer()
    server.on(event, (request, response) => void handler(request, response))
    const client = await connectRaw(await listen(server))
    client.socket.write(`${expecting}\r\n\r\n`)
    expect(await client.until(/\r\n\r\n/)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    client.socket.write(REQUEST)
    maySend.resolve()
    expect(await client.until(/message_stop[\s\S]*0\r\n\r\n$/)).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/,
    )
  })
})

describe('an upstream that answers while the body is still being sent', () => {
  test.each([413, 401])('%i reaches the client whole, and its connection takes another request', async (status) => {
    const url = await startRawUpstream(async ({ socket, until }) => {
      if (/GET/.test(await until(/\r\n\r\n/))) return void socket.end(json(200))
      socket.end(json(status, { type: 'error', error: { type: 'request_too_large', message: 'Too large' } }))
    })
    const { handler, record } = handlerFor(url, { exchange: { maxReplayBytes: 1024 } })
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    const size = 4 * 1024 * 1024
    client.socket.write(`POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${size}\r\n\r\n`)
    client.socket.write('x'.repeat(64 * 1024))
    expect(await client.until(/Too large/)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    client.socket.write('x'.repeat(size - 64 * 1024))
    client.socket.write('GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await client.until(/HTTP\/1\.1 200 OK[\s\S]*\{\}$/)
    expect(await record()).toMatchObject({ status, upstreamStatus: status })
  })
})

test('a request whose connection is closed before the handler is called asks no upstream', async () => {
  const { handler, record } = handlerFor(await startRawUpstream(() => expect.unreachable('the upstream was asked')))
  const port = await listen((request, response) => {
    request.socket.destroy()
    expect(response.closed).toBe(false)
    void handler(request, response)
  })
  const client = await connectRaw(port)
  client.socket.write(post(REQUEST))
  await client.over()
  expect(await record()).toMatchObject({ ending: 'client-gone', attempts: [] })
})
