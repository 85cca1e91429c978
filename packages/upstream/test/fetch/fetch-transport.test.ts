import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createFetchTransport, type FetchCall } from '../../src/fetch/index.ts'
import { listen, startUpstream } from '../http-upstream.ts'
import { nextTurn, record } from '../recorder.ts'
import { failOnUnhandledRejections, GET, HEAD, transportTo } from './start-transport.ts'

failOnUnhandledRejections()

test('dispatch() reports the head, the chunks and the end, and nothing before it has returned', async () => {
  const transport = await transportTo((socket) => socket.write(`${HEAD}2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n`))
  const { events, lines, headers, body, over } = record()
  transport.dispatch(GET, events)
  expect(lines).toEqual([])
  expect(await over).toBeUndefined()
  expect(lines.slice(0, 2)).toEqual(['connected undefined', 'head 200'])
  expect(body()).toBe('abcd')
  expect(headers.slice(0, 2)).toEqual(['content-type', 'text/event-stream'])
})

test('a request goes to the origin of the URL, whatever its path, and is answered by whom it was sent to', async () => {
  const upstream = await startUpstream((socket) =>
    socket.write('HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
  )
  const transport = createFetchTransport({ url: new URL(`http://127.0.0.1:${upstream.port}/base`) })
  for (const path of ['//other.example/v1', '/@other.example/', '/a?b=http://other.example']) {
    const { events, lines, over } = record()
    transport.dispatch({ method: 'POST', path, headers: ['x-a', '1', 'x-a', '2'], body: Buffer.from('{}') }, events)
    await over
    expect(lines).toContain('head 307')
    expect(upstream.requests.at(-1)?.head).toContain(`POST ${path} HTTP/1.1`)
    expect(upstream.requests.at(-1)?.head).toMatch(/^x-a: 1, 2$/m)
    expect(upstream.requests.at(-1)?.body).toBe('{}')
  }
})

describe('faults', () => {
  test('a refused connection was never sent; of one that dies nothing is known', async () => {
    const server = createServer()
    const port = await listen(server)
    server.close()
    const refused = record()
    createFetchTransport({ url: new URL(`http://127.0.0.1:${port}`) }).dispatch(GET, refused.events)
    expect(await refused.over).toMatchObject({ kind: 'refused', facts: { headersReceived: false } })

    const transport = await transportTo((socket) => socket.resetAndDestroy())
    const died = record()
    transport.dispatch(GET, died.events)
    expect(await died.over).toEqual({
      kind: 'closed-before-headers',
      error: expect.any(TypeError),
      facts: {
        connected: undefined,
        secure: false,
        requestSent: undefined,
        reused: undefined,
        responseStarted: undefined,
        headersReceived: false,
      },
    })
  })

  test('a body that is cut is a fault behind its bytes', async () => {
    const transport = await transportTo((socket) => socket.write(`${HEAD}2\r\nab\r\n`, () => socket.end()))
    const { events, lines, body, over } = record()
    transport.dispatch(GET, events)
    expect(await over).toMatchObject({ kind: 'body-reset', facts: { connected: true, headersReceived: true } })
    expect(body()).toBe('ab')
    expect(lines.at(-1)).toBe('fault body-reset')
  })

  test('a request that cannot be made is a fault, not a throw', async () => {
    const transport = await transportTo(() => undefined)
    for (const headers of [
      ['x-a', 'ü€'],
      ['x a', '1'],
    ]) {
      const { events, over } = record()
      transport.dispatch({ ...GET, headers }, events)
      expect(await over).toMatchObject({ error: expect.any(TypeError) })
    }
  })

  test.each([100, 101, 103, 0, 600])(
    'an answer with status %i, as a fetch may hand it on, is a bad response',
    async (status) => {
      let isCancelled = false
      const body = new ReadableStream({ cancel: () => void (isCancelled = true) })
      const response = Object.defineProperty(new Response(body), 'status', { value: status })
      const transport = createFetchTransport({
        url: new URL('http://api.example'),
        fetch: async (_url, { signal }) => {
          signal?.addEventListener('abort', () => void body.cancel())
          return response
        },
      })
      const { events, over } = record()
      transport.dispatch(GET, events)
      expect(await over).toMatchObject({ kind: 'bad-response' })
      expect(isCancelled).toBe(true)
    },
  )

  test('a stream that fails while it is sent fails the call', async () => {
    const transport = await transportTo(() => undefined)
    const body = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error('the client has gone')) })
    const { events, over } = record()
    transport.dispatch({ ...GET, method: 'POST', body }, events)
    expect(await over).toBeDefined()
  })

  test('what a receiver of events throws becomes a fault that it is told of', async () => {
    const transport = await transportTo((socket) => socket.write(`${HEAD}2\r\nab\r\n`))
    const { events, over } = record((line) => {
      if (line.startsWith('head')) throw new Error('a mistake')
    })
    transport.dispatch(GET, events)
    expect((await over)?.error.message).toBe('a mistake')
  })
})

describe('flow', () => {
  test('pause() stops the reading after at most one chunk, and resume() goes on', async () => {
    let pulls = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls++
          controller.enqueue(Buffer.from('piece'))
        },
      },
      { highWaterMark: 0 },
    )
    const transport = createFetchTransport({
      url: new URL('http://api.example'),
      fetch: () => Promise.resolve(new Response(body)),
    })
    const { events, lines, until } = record((line) => {
      if (line.startsWith('chunk')) call.pause()
    })
    const call: FetchCall = transport.dispatch(GET, events)
    await until('chunk')
    for (let i = 0; i < 5; i++) await nextTurn()
    expect([pulls, lines.length]).toEqual([1, 3])
    call.resume()
    for (let i = 0; i < 5; i++) await nextTurn()
    expect([pulls, lines.length]).toEqual([2, 4])
    call.abort()
  })

  test.each(['before the request', 'before the head', 'in the body', 'while paused'])(
    'abort() %s closes the connection, and nothing is reported afterwards',
    async (when) => {
      const closed = Promise.withResolvers<void>()
      const asked = Promise.withResolvers<void>()
      const transport = await transportTo((socket) => {
        socket.once('close', () => closed.resolve())
        asked.resolve()
        if (when !== 'before the head') socket.write(`${HEAD}2\r\nab\r\n`)
      })
      const { events, lines, until } = record((line) => {
        if (line.startsWith('chunk') && when === 'while paused') call.pause()
      })
      const call: FetchCall = transport.dispatch(GET, events)
      if (when === 'before the head') await asked.promise
      else if (when !== 'before the request') await until('chunk')
      const before = [...lines]
      call.abort()
      call.abort()
      call.pause()
      call.resume()
      if (when !== 'before the request') await closed.promise
      for (let i = 0; i < 5; i++) await nextTurn()
      expect(lines).toEqual(before)
    },
  )
})

test('sendBody decides whether a length or chunks delimit the body', async () => {
  const upstream = await startUpstream((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
  for (const [sendBody, field] of [
    [undefined, /^content-length: 2$/im],
    ['whole', /^content-length: 2$/im],
    ['stream', /^transfer-encoding: chunked$/im],
  ] as const) {
    const { events, over } = record()
    const url = new URL(`http://127.0.0.1:${upstream.port}`)
    createFetchTransport({ url, sendBody }).dispatch({ ...GET, method: 'POST', body: Buffer.from('{}') }, events)
    await over
    expect(upstream.requests.at(-1)?.head).toMatch(field)
  }
})

test.each([
  [{ url: 'http://api.example' }, 'Cannot use url: must be a URL, got "http://api.example"'],
  [{ url: new URL('ftp://api.example') }, 'Cannot use url: must be http: or https:, got "ftp:"'],
  [{ url: new URL('http://api.example'), fetch: 1 }, 'Cannot use fetch: must be a function, got 1'],
  [
    { url: new URL('http://api.example'), sendBody: 'no' },
    'Cannot use sendBody: must be "whole" or "stream", got "no"',
  ],
  [{ url: new URL('http://api.example'), retries: 1 }, 'Cannot use retries: there is no such option'],
])('a wrong option is refused: %o', (options, message) => {
  expect(() => createFetchTransport(options as never)).toThrow(new TypeError(message))
})
