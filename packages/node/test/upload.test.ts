import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { MemoryBudget } from '@stopbit/exchange'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectRaw, handlerFor, json, listen, listenUntilDrained, post, startRawUpstream } from './sockets.ts'

const REQUEST = JSON.stringify({ model: 'claude', max_tokens: 9, messages: [] })
const UNFINISHED = 'POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n{"a"'

/** Answers before it has read the body. */
const hasty = (status = 413): Promise<URL> =>
  startRawUpstream(async ({ socket, until }) => {
    await until(/\r\n\r\n/)
    socket.end(json(status, { type: 'error', error: { type: 'request_too_large', message: 'Too large' } }))
  })

describe('middleware that has made text of the body, by setEncoding()', () => {
  test.each([
    ['of one chunk', [post(REQUEST)]],
    ['of two chunks', [post(REQUEST).slice(0, -5), post(REQUEST).slice(-5)]],
  ])('%s, gets a 500, and its record says why', async (_name, pieces) => {
    const rejections: unknown[] = []
    const note = (reason: unknown): unknown => rejections.push(reason)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    const memory = new MemoryBudget(1000)
    const url = await startRawUpstream(() => expect.unreachable('the upstream was asked'))
    const { handler, record } = handlerFor(url, { memory })
    const isAsked = Promise.withResolvers<void>()
    const port = await listen((request, response) => {
      request.setEncoding('utf8')
      void handler(request, response)
      isAsked.resolve()
    })
    const client = await connectRaw(port)
    const [first = '', ...rest] = pieces
    client.socket.write(first)
    await isAsked.promise
    for (const piece of rest) client.socket.write(piece)
    expect(await client.until(/"error"[\s\S]*\}$/)).toMatch(/^HTTP\/1\.1 500 /)
    expect(await record()).toMatchObject({ status: 500, fault: { kind: 'internal' }, misuse: expect.any(String) })
    expect([memory.heldBytes, handler.liveCount, rejections]).toEqual([0, 0, []])
  })
})

describe('an upload that is left unfinished', () => {
  test('after the 408 of a stall keeps its connection for downstreamStallMs, and no longer', async () => {
    const url = await startRawUpstream(() => expect.unreachable('the upstream was asked'))
    const { handler, record } = handlerFor(url, { exchange: { uploadStallMs: 50, downstreamStallMs: 300 } })
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.write(UNFINISHED)
    expect(await client.until(/"error"[\s\S]*\}$/)).toMatch(/^HTTP\/1\.1 408 /)
    expect(handler.liveCount).toBe(1)
    await client.over()
    expect(await record()).toMatchObject({ ending: 'error-status', status: 408, clientStalled: true })
  })

  test('after an early answer is cut by the same clock, however steadily it goes on', { timeout: 4_000 }, async () => {
    const { handler, record } = handlerFor(await hasty(), { exchange: { maxReplayBytes: 2, downstreamStallMs: 400 } })
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.write(UNFINISHED)
    await client.until(/Too large/)
    const trickle = setInterval(() => client.socket.write('x'), 20) // the case itself
    onTestFinished(() => clearInterval(trickle))
    await client.over()
    expect(await record()).toMatchObject({ status: 413, clientStalled: true })
    expect(handler.liveCount).toBe(0)
  })

  test('and goes on to its end, leaves its connection to the next request', async () => {
    const { handler, record } = handlerFor(await hasty(), { exchange: { maxReplayBytes: 2, downstreamStallMs: 400 } })
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    const head = 'POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 8\r\n\r\n'
    client.socket.write(`${head}{"a"`)
    await client.until(/Too large/)
    client.socket.write(`:{}}${head}{"a":{}}`)
    await client.until(/Too large[\s\S]*Too large/)
    expect(await record(2)).toMatchObject({ status: 413, clientGone: false, clientStalled: false })
    expect(client.socket.readableEnded).toBe(false)
  })

  test('is let go by a client that leaves after its answer', async () => {
    const { handler, record } = handlerFor(await hasty(), { exchange: { maxReplayBytes: 2 } })
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.write(UNFINISHED)
    await client.until(/Too large/)
    client.socket.end()
    expect(await record()).toMatchObject({ status: 413, clientStalled: false })
    expect(handler.liveCount).toBe(0)
  })

  test('is closed by the drain, two seconds after its deadline', { timeout: 5_000 }, async () => {
    const { handler, record } = handlerFor(await hasty(), { exchange: { maxReplayBytes: 2 } })
    const { port, drain } = await listenUntilDrained(handler, handler, 1)
    const client = await connectRaw(port)
    client.socket.write(UNFINISHED)
    await client.until(/Too large/)
    await drain()
    await client.over()
    expect(await record()).toMatchObject({ status: 413 })
  })
})

describe('a pipelined request that waits for its turn', () => {
  const GET = 'GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n'

  test('when the listener has to close gets a true status, and the drain waits for it', async () => {
    const isAsked = Promise.withResolvers<void>()
    const url = await startRawUpstream(async ({ until }) => {
      await until(/\r\n\r\n/)
      isAsked.resolve()
    })
    const { handler, record } = handlerFor(url)
    const { port, drain } = await listenUntilDrained(handler, handler, 1)
    const client = await connectRaw(port)
    client.socket.write(GET + GET)
    await isAsked.promise
    await expect.poll(() => handler.liveCount).toBe(2)
    await drain()
    expect(handler.liveCount).toBe(0)
    expect((await client.until(/(?:HTTP\/1\.1 503[\s\S]*){2}/)).match(/HTTP\/1\.1 503/g)).toHaveLength(2)
    expect((await record(2)).attempts).toEqual([])
  })

  test('is not begun behind the back of a drain that the one before it lets go', async () => {
    const mayAnswer = Promise.withResolvers<void>()
    const isAsked = Promise.withResolvers<void>()
    const url = await startRawUpstream(async ({ socket, until }) => {
      await until(/\r\n\r\n/)
      isAsked.resolve()
      await mayAnswer.promise
      socket.end(json(200))
    })
    const { handler } = handlerFor(url)
    const { port, drain } = await listenUntilDrained(handler, handler, 10_000)
    const client = await connectRaw(port)
    client.socket.write(GET + GET)
    await isAsked.promise
    await expect.poll(() => handler.liveCount).toBe(2)
    const drained = drain()
    mayAnswer.resolve()
    await drained
    expect((await client.until(/(?:HTTP\/1\.1 200[\s\S]*){2}/)).match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  })

  test('behind a response of another that never ends is closed by the drain', { timeout: 5_000 }, async () => {
    const { handler, record } = handlerFor(await startRawUpstream(() => expect.unreachable('the upstream was asked')))
    const isHere = Promise.withResolvers<void>()
    let count = 0
    const listener: RequestListener = (request, response) => {
      if (++count === 1) return
      void handler(request, response)
      isHere.resolve()
    }
    const { port, drain } = await listenUntilDrained(listener, handler, 1)
    const client = connect(port, '127.0.0.1')
    onTestFinished(() => void client.destroy())
    client.on('error', () => undefined)
    client.write(GET + GET)
    await isHere.promise
    const closed = once(client, 'close')
    await drain()
    await closed
    expect(await record()).toMatchObject({ ending: 'client-gone', attempts: [] })
  })
})
