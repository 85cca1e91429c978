import cors from '@fastify/cors'
import { describe, expect, test } from 'vitest'
import { stopbit } from '../src/index.ts'
import { REQUEST, createApp, answering, send, portOf } from './app.ts'
import { chunk, ENDING, OPENING, startRawUpstream, STREAM, STREAM_HEAD } from './sockets.ts'

test('relays what is below its prefix, with the headers and the hooks of the application', async () => {
  const { url, asked } = await answering(STREAM)
  const { app } = createApp()
  const over = Promise.withResolvers<number>()
  await app.register(cors, { origin: 'https://app.example', credentials: true })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('set-cookie', ['a=1', 'b=2']).header('content-length', '3')
    reply.raw.setHeader('x-raw', 'kept')
  })
  app.addHook('onResponse', async (_request, reply) => over.resolve(reply.statusCode))
  app.register(stopbit, { prefix: '/anthropic', upstream: { url } })
  const response = await send(app, '/anthropic/v1/messages?beta=true')
  expect(await response.text()).toBe(OPENING + ENDING)
  expect(asked()).toMatch(/^POST \/v1\/messages\?beta=true HTTP\/1\.1\r\n/)
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    'content-type': 'text/event-stream',
    'request-id': 'req_test',
    'x-raw': 'kept',
  })
  expect(response.headers.has('content-length')).toBe(false)
  expect(await over.promise).toBe(200)
  const preflight = { method: 'OPTIONS', body: null, headers: { 'access-control-request-method': 'POST' } }
  expect((await send(app, '/anthropic/v1/messages', preflight)).status).toBe(204)
})

test('leaves the parsers, the routes and the error handler of the application as they are', async () => {
  const { url } = await answering(STREAM)
  const { app } = createApp()
  app.setErrorHandler((_error, _request, reply) => void reply.code(418).send({ mine: true }))
  app.register(stopbit, { upstream: { url } })
  app.post('/own', async ({ body }) => ({ parsed: body }))
  expect(await (await send(app, '/own')).json()).toEqual({ parsed: JSON.parse(REQUEST) as unknown })
  expect((await send(app, '/own', { body: '{' })).status).toBe(418)
  expect((await send(app, '/v1/messages')).status).toBe(200)
})

test('takes bodies that Fastify would not: larger than its limit, and of no type', async () => {
  const { url, asked } = await answering(STREAM)
  const { app } = createApp({ bodyLimit: 10 })
  app.register(stopbit, { upstream: { url } })
  const large = JSON.stringify({ ...(JSON.parse(REQUEST) as object), padding: 'x'.repeat(2 * 1024 * 1024) })
  expect((await send(app, '/v1/messages', { body: large })).status).toBe(200)
  expect(asked()).toContain(`content-length: ${large.length}\r\n`)
  const untyped = await fetch(`http://127.0.0.1:${portOf(app)}/v1/messages`, {
    method: 'POST',
    body: new Blob([REQUEST]),
  })
  expect(untyped.status).toBe(200)
})

test('logs the record of each exchange with the id of its request, as a warning if anything failed', async () => {
  const whole = await answering(STREAM)
  const cut = await answering(STREAM_HEAD + chunk(OPENING))
  const { app, log } = createApp({ genReqId: ({ url = '' }) => `id-of-${url.split('/')[1] ?? ''}` })
  app.register(stopbit, { prefix: '/whole', upstream: { url: whole.url } })
  app.register(stopbit, { prefix: '/cut', upstream: { url: cut.url } })
  expect(await (await send(app, '/whole/v1/messages')).text()).toContain('message_stop')
  expect(await (await send(app, '/cut/v1/messages')).text()).toMatch(/event: error\ndata: .*\n\n$/)
  await expect.poll(() => log.filter(({ msg }) => msg === 'exchange')).toHaveLength(2)
  expect(log.filter(({ msg }) => msg === 'exchange')).toMatchObject([
    { level: 30, reqId: 'id-of-whole', exchange: { ending: 'completed', path: '/v1/messages' } },
    { level: 40, reqId: 'id-of-cut', exchange: { ending: 'error', fault: { kind: 'body-reset' } } },
  ])
})

test('an onRecord that throws is an error in the log, behind the record', async () => {
  const { url } = await answering(STREAM)
  const { app, log } = createApp()
  const onRecord = (): void => {
    throw new Error('from onRecord')
  }
  app.register(stopbit, { upstream: { url }, onRecord })
  expect(await (await send(app, '/v1/messages')).text()).toBe(OPENING + ENDING)
  await expect
    .poll(() => log.filter(({ level, exchange }) => exchange !== undefined || level >= 50))
    .toMatchObject([
      { level: 30, exchange: { ending: 'completed' } },
      { level: 50, err: { message: 'from onRecord' } },
    ])
})

test('an onStall that throws is an error in the log, and touches no stream', async () => {
  const isTold = Promise.withResolvers<void>()
  const url = await startRawUpstream(async ({ socket, until }) => {
    await until(/\r\n\r\n/)
    socket.write(STREAM_HEAD + chunk(OPENING))
    await isTold.promise
    socket.end(`${chunk(ENDING)}0\r\n\r\n`)
  })
  const { app, log } = createApp()
  const onStall = (): void => {
    isTold.resolve()
    throw new Error('from onStall')
  }
  app.register(stopbit, { upstream: { url }, onStall, exchange: { stallWarnMs: 20 } })
  expect(await (await send(app, '/v1/messages')).text()).toBe(OPENING + ENDING)
  expect(log.filter(({ level }) => level >= 40).map(({ msg }) => msg)).toEqual(['upstream silent', 'from onStall'])
})

test('keeps the authentication and the routing of the application in front', async () => {
  const { url, asked } = await answering(STREAM)
  const { app } = createApp()
  app.register(stopbit, {
    upstream: { url },
    credential: 'sk-of-the-vendor',
    routes: (scope, relay) => {
      scope.addHook('preHandler', async (request, reply) => {
        if (request.headers.authorization !== 'Bearer mine') await reply.code(401).send({ error: 'Who are you?' })
      })
      scope.post('/v1/messages', relay)
      scope.get('/v1/health', async () => ({ ok: true }))
    },
  })
  const refused = await send(app, '/v1/messages')
  expect([refused.status, await refused.json()]).toEqual([401, { error: 'Who are you?' }])
  expect(asked()).toBe('')
  const headers = { authorization: 'Bearer mine' }
  expect(await (await send(app, '/v1/health', { method: 'GET', body: null, headers })).json()).toEqual({ ok: true })
  expect((await send(app, '/v1/other', { headers })).status).toBe(404)
  expect((await send(app, '/v1/messages', { headers })).status).toBe(200)
  expect(asked()).toContain('authorization: Bearer sk-of-the-vendor\r\n')
})

describe('a body that parsers of the application read first', () => {
  test('is relayed by what the option body has of it', async () => {
    const { url, asked } = await answering(STREAM)
    const { app } = createApp()
    const raw = new WeakMap<object, Buffer>()
    app.removeContentTypeParser('application/json')
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      raw.set(request, body as Buffer)
      done(null, JSON.parse(body.toString()))
    })
    app.register(stopbit, {
      upstream: { url },
      body: (request) => raw.get(request),
      routes: (scope, relay) => {
        scope.post<{ Body: { model: string } }>('/v1/messages', {
          preHandler: async ({ body }) => expect(body.model).toBe('claude'),
          handler: relay,
        })
      },
    })
    expect((await send(app, '/v1/messages')).status).toBe(200)
    expect(asked()).toMatch(new RegExp(`content-length: ${REQUEST.length}\\r\\n[\\s\\S]*${REQUEST.slice(0, 20)}`))
  })

  test('and that is not kept gets a 500, and its record says why', async () => {
    const { app, log } = createApp()
    app.register(stopbit, { upstream: { url: new URL('http://127.0.0.1:1') }, body: () => undefined })
    expect((await send(app, '/v1/messages')).status).toBe(500)
    const misuse = expect.stringContaining('hand it on with the option "body"') as string
    await expect.poll(() => log.find(({ msg }) => msg === 'exchange')).toMatchObject({ exchange: { misuse } })
  })
})

test('answers fastify.inject(), which has no sockets', async () => {
  const { url } = await answering(STREAM)
  const { app } = createApp()
  app.register(stopbit, { upstream: { url } })
  const response = await app.inject({ method: 'POST', url: '/v1/messages', body: REQUEST })
  expect([response.statusCode, response.body]).toEqual([200, OPENING + ENDING])
})

test('a wrong option is refused when the application is made', async () => {
  const { app } = createApp()
  app.register(stopbit, { upstream: { url: new URL('http://127.0.0.1:1') }, drainDeadlineMs: Number.NaN })
  await expect(app.ready()).rejects.toThrow('Cannot use drainDeadlineMs: must be a number, at least 0, got NaN')
})
