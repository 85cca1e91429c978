import { gzipSync } from 'node:zlib'
import express, { type Express, type Request } from 'express'
import { describe, expect, test } from 'vitest'
import type { ConsumedBody, HandlerOptions } from '../src/index.ts'
import { ENDING, handlerFor, listen, OPENING, startRawUpstream, STREAM, type TestHandler } from './sockets.ts'

const REQUEST = JSON.stringify({ model: 'claude', stream: true, max_tokens: 9, messages: [] })

/** A handler in front of an upstream that streams, and what that upstream was asked for. */
async function relaying(options: Partial<HandlerOptions> = {}): Promise<TestHandler & { asked: () => string }> {
  let asked = ''
  const url = await startRawUpstream(async ({ socket, until }) => {
    asked += await until(/\r\n\r\n(?:\{.*\}|)$/)
    socket.end(STREAM)
  })
  return { ...handlerFor(url, options), asked: () => asked }
}

/** A request of a test. */
type SentRequest = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> }

async function send(app: Express, path = '/v1/messages', more: SentRequest = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json', origin: 'https://app.example' }
  const url = `http://127.0.0.1:${await listen(app)}${path}`
  return fetch(url, { method: 'POST', body: REQUEST, ...more, headers: { ...headers, ...more.headers } })
}

test('relays as middleware of Express, with the headers that other middleware has set', async () => {
  const { handler, record, asked } = await relaying()
  const app = express()
  app.use((_request, response, next) => {
    response.set('access-control-allow-origin', 'https://app.example').cookie('session', '1')
    next()
  })
  app.use(handler)
  const response = await send(app)
  expect(await response.text()).toBe(OPENING + ENDING)
  expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example')
  expect(response.headers.get('set-cookie')).toBe('session=1; Path=/')
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(asked()).toMatch(/^POST \/v1\/messages HTTP\/1\.1\r\n/)
  expect(await record()).toMatchObject({ ending: 'completed', dialect: 'anthropic-messages' })
})

test.each([
  ['a mount point is not asked for', '/anthropic', '/anthropic/v1/messages?beta=true', '/v1/messages?beta=true'],
  ['a route is', undefined, '/v1/messages?beta=true', '/v1/messages?beta=true'],
])('%s', async (_name, mount, path, expected) => {
  const { handler, asked } = await relaying()
  const app = express()
  if (mount === undefined) app.post('/v1/messages', handler)
  else app.use(mount, handler)
  expect((await send(app, path)).status).toBe(200)
  expect(asked()).toContain(`POST ${expected} HTTP/1.1\r\n`)
})

describe('a body that was parsed before', () => {
  test('gets a 500 that tells the client nothing, and the developer what to do', async () => {
    const { handler, record, asked } = await relaying()
    const app = express().use(express.json(), handler)
    const response = await send(app)
    expect(response.status).toBe(500)
    const { error } = (await response.json()) as { error: { type: string; message: string } }
    expect(error.type).toBe('api_error')
    expect(error.message).not.toMatch(/body|parse|express/i)
    expect(await record()).toMatchObject({
      ending: 'error-status',
      attempts: [],
      fault: { kind: 'internal' },
      misuse: expect.stringContaining('keep the raw body and hand it on with the option "body"') as string,
    })
    expect(asked()).toBe('')
  })

  const raw = new WeakMap<object, Buffer>()
  test.each([
    ['express.raw()', express.raw({ type: () => true }), (request: Request) => request.body as Buffer],
    ['express.text()', express.text({ type: () => true }), (request: Request) => request.body as string],
    [
      'express.json() that keeps it',
      express.json({ verify: (request, _response, body) => void raw.set(request, body) }),
      (request: Request) => raw.get(request),
    ],
  ])('is relayed by what the option body has of it: %s', async (_name, parser, body) => {
    const { handler, record, asked } = await relaying({ body: (request) => body(request as Request) })
    expect((await send(express().use(parser, handler))).status).toBe(200)
    expect(asked()).toMatch(new RegExp(`content-length: ${REQUEST.length}\\r\\n[\\s\\S]*${REQUEST.slice(0, 20)}`))
    expect(await record()).toMatchObject({ ending: 'completed', stream: true, requestBytes: REQUEST.length })
  })

  test('was decoded too, so that its length and coding are no more what the client said', async () => {
    const { handler, asked } = await relaying({ body: (request) => (request as Request).body as Buffer })
    const app = express().use(express.raw({ type: () => true }), handler)
    const response = await send(app, '/v1/messages', {
      body: gzipSync(REQUEST),
      headers: { 'content-encoding': 'gzip' },
    })
    expect(response.status).toBe(200)
    expect(asked()).toContain(`content-length: ${REQUEST.length}\r\n`)
    expect(asked()).not.toContain('gzip')
  })

  test.each([
    ['is an object', (request: Request): ConsumedBody => request.body as string],
    [
      'throws',
      (): ConsumedBody => {
        throw new Error('a canary of the application')
      },
    ],
  ])('whose option body %s gets a 500, and the record says so', async (_name, body) => {
    const { handler, record } = await relaying({ body: (request) => body(request as Request) })
    const response = await send(express().use(express.json(), handler))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('canary')
    expect(await record()).toMatchObject({ misuse: expect.stringContaining('The option "body" threw, or') as string })
  })

  test('that there was none of passes behind a parser', async () => {
    const { handler } = await relaying()
    const app = express().use(express.json(), (request, _response, next) => void request.resume().once('end', next))
    const response = await send(app.use(handler), '/v1/models', { method: 'GET', body: null })
    expect(response.status).toBe(200)
  })
})
