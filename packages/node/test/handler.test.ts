import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { OptionError, type ExchangeRecord } from '@stopbit/exchange'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHandler, type Handler, type HandlerOptions } from '../src/index.ts'

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function handlerFor(listener: RequestListener, options: Partial<HandlerOptions> = {}): Promise<Handler> {
  const url = new URL(`http://127.0.0.1:${await listen(listener)}`)
  const handler = createHandler({ upstream: { url }, ...options })
  onTestFinished(() => handler.close())
  return handler
}

test('the handler settles when the client had left before it was called', async () => {
  const handler = await handlerFor(() => expect.unreachable('the upstream was asked'))
  const record = Promise.withResolvers<ExchangeRecord>()
  const port = await listen((request, response) => {
    // Middleware that takes its time: the body is read by then, and the client is gone.
    request.resume()
    response.once('close', () => void handler(request, response).then(record.resolve))
  })
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}')
  await once(socket, 'connect')
  socket.resetAndDestroy()
  expect(await record.promise).toMatchObject({ ending: 'client-gone', attempts: [] })
  expect(handler.liveCount).toBe(0)
})

test('idle() resolves when the last exchange is over; finish() brings that about', async () => {
  const asked = Promise.withResolvers<void>()
  const handler = await handlerFor(() => asked.resolve()) // and no answer
  const port = await listen((request, response) => void handler(request, response))
  await handler.idle()
  const response = fetch(`http://127.0.0.1:${port}/v1/messages`, { method: 'POST', body: '{}' })
  await asked.promise
  expect(handler.liveCount).toBe(1)
  handler.finish()
  await handler.idle()
  expect((await response).status).toBe(529)
})

test('the promise of the handler rejects with what onRecord throws', async () => {
  const handler = await handlerFor((_request, response) => void response.end('{}'), {
    onRecord: () => {
      throw new Error('from onRecord')
    },
  })
  const thrown = Promise.withResolvers<unknown>()
  const port = await listen((request, response) => void handler(request, response).catch(thrown.resolve))
  await (await fetch(`http://127.0.0.1:${port}/`)).text()
  expect(await thrown.promise).toEqual(new Error('from onRecord'))
})

test('what onRecord throws is a warning of the process, and ends it for nobody who does not catch it', async () => {
  const told: unknown[] = []
  const noteWarning = (warning: unknown): unknown => told.push(warning)
  const noteRejection = (): unknown => told.push('unhandledRejection')
  process.on('warning', noteWarning).on('unhandledRejection', noteRejection)
  onTestFinished(() => void process.off('warning', noteWarning).off('unhandledRejection', noteRejection))
  const thrown = new Error('from onRecord')
  const handler = await handlerFor((_request, response) => void response.end('{}'), {
    onRecord: () => Promise.reject(thrown),
  })
  const port = await listen((request, response) => void handler(request, response))
  await (await fetch(`http://127.0.0.1:${port}/`)).text()
  await expect.poll(() => told).toEqual([thrown])
})

test('an onStall and an onDefect that throw touch no stream', async () => {
  const warned: unknown[] = []
  const note = (warning: Error): unknown => warned.push(warning.message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const mayEnd = Promise.withResolvers<void>()
  const handler = await handlerFor(
    async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('one ')
      await mayEnd.promise
      response.end('two')
    },
    {
      exchange: { stallWarnMs: 20 },
      onStall: () => {
        mayEnd.resolve()
        throw new Error('from onStall')
      },
      onDefect: () => {
        throw new Error('from onDefect')
      },
    },
  )
  const port = await listen((request, response) => void handler(request, response))
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('one two')
  await handler.idle()
  expect(warned).toEqual(['from onStall'])
})

test.each([
  ['has ended', (response: ServerResponse) => response.end('mine'), /mine$/],
  ['has ended and sent', (response: ServerResponse) => once(response.end('mine'), 'close'), /mine$/],
])('a response that the application %s is over, though its connection stays', async (_name, answer, answered) => {
  const handler = await handlerFor(() => expect.unreachable('the upstream was asked'))
  const record = Promise.withResolvers<ExchangeRecord>()
  const port = await listen(async (request, response) => {
    await answer(response)
    void handler(request, response).then(record.resolve)
  })
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  onTestFinished(() => void socket.destroy())
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const [text] = (await once(socket, 'data')) as [string]
  expect(text).toMatch(answered)
  expect(await record.promise).toMatchObject({ misuse: expect.stringContaining('had begun') as string })
  expect([handler.liveCount, socket.readableEnded]).toEqual([0, false])
})

test.each(['HEAD', 'GET', 'DELETE', 'OPTIONS'])('%s passes', async (method) => {
  const handler = await handlerFor((request, response) => {
    response.writeHead(request.method === 'DELETE' ? 204 : 200, {
      'content-type': 'text/plain',
      'x-method': request.method ?? '',
    })
    response.end()
  })
  const record = Promise.withResolvers<ExchangeRecord>()
  const port = await listen((request, response) => void handler(request, response).then(record.resolve))
  const response = await fetch(`http://127.0.0.1:${port}/v1/anything`, { method })
  expect(await response.text()).toBe('')
  expect(response.headers.get('x-method')).toBe(method)
  expect(await record.promise).toMatchObject({ ending: 'completed', dialect: 'opaque' })
})

describe('a wrong option is refused at once', () => {
  const url = new URL('http://127.0.0.1:1')
  test.each([
    [{ upstream: { url: new URL('ftp://x') } }, 'Cannot use url: must be http: or https:, got "ftp:"'],
    [
      { upstream: { url, connectTimeoutMs: Number.NaN } },
      'Cannot use connectTimeoutMs: must be a number of milliseconds from 1 to 2147483647, got NaN',
    ],
    [
      { upstream: { url }, exchange: { maxReplayBytes: Number.NaN } },
      'Cannot use maxReplayBytes: must be a whole number of bytes, at least 1, got NaN',
    ],
    [{ upstream: { url }, credential: 'a\nb' }, 'Cannot use credential: must be printable characters without spaces'],
    [{ upstream: { url }, exchange: { idleTimeoutMs: -1 } }, 'Cannot use idleTimeoutMs'],
  ] satisfies [HandlerOptions, string][])('%j', (options, message) => {
    expect(() => createHandler(options)).toThrow(message)
  })

  test('with an OptionError, whose message never repeats a secret', () => {
    const make = (): unknown => createHandler({ upstream: { url }, credential: 'sk canary' })
    expect(make).toThrow(OptionError)
    expect(make).not.toThrow('canary')
  })
})
