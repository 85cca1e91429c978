import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hono, type MiddlewareHandler } from 'hono'
import { compress } from 'hono/compress'
import { cors } from 'hono/cors'
import { setCookie } from 'hono/cookie'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ExchangeRecord } from '@stopbit/exchange'
import { createHonoHandler, type HonoHandler } from '../src/hono/index.ts'
import { answerWith, chunk, EVENTS, LAST_CHUNK, startUpstream, STREAM_HEAD, type Upstream } from './harness/upstream.ts'

let upstream: Upstream
beforeAll(async () => void (upstream = await startUpstream()))
afterAll(() => upstream.close())

const records: ExchangeRecord[] = []

function handler(): HonoHandler {
  return createHonoHandler({ upstream: { url: new URL(upstream.url) }, onRecord: (record) => records.push(record) })
}

function post(app: Hono, target: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return Promise.resolve(app.request(target, { method: 'POST', body: '{"stream":true}', headers }))
}

const expectStream = (): string =>
  upstream.expect(({ socket }) => {
    socket.write(STREAM_HEAD.replace('\r\n\r\n', '\r\nset-cookie: theirs=1\r\nx-request-id: theirs\r\n\r\n'))
    socket.write(chunk(EVENTS.join('')))
    socket.write(LAST_CHUNK)
  }).target

test('headers that middleware sets before and after survive, and describe no body of ours', async () => {
  const before: MiddlewareHandler = async (c, next) => {
    c.header('x-before', '1')
    c.header('content-length', '3')
    setCookie(c, 'ours', '1')
    await next()
    c.header('x-after', '1')
    c.res.headers.set('x-changed', '1')
  }
  const app = new Hono()
  app.use(cors({ origin: 'https://app.example', exposeHeaders: ['request-id'] }))
  app.use(before)
  app.all('/v1/*', handler())
  const response = await post(app, expectStream(), { origin: 'https://app.example' })
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    'x-before': '1',
    'x-after': '1',
    'x-changed': '1',
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'request-id': 'req_test',
  })
  expect(response.headers.get('content-length')).toBeNull()
  expect(response.headers.getSetCookie().sort()).toEqual([expect.stringMatching(/^ours=1/), 'theirs=1'])
  expect(await response.text()).toBe(EVENTS.join(''))
})

test('compression that is told to compress streams keeps its hands off', async () => {
  const app = new Hono()
  app.use(compress({ contentTypeFilter: () => true, threshold: 0 }))
  app.get('/theirs', (c) => c.text('theirs'))
  app.use('/v1/*', handler())
  const theirs = await app.request('/theirs', { headers: { 'accept-encoding': 'gzip' } })
  expect(theirs.headers.get('content-encoding')).toBe('gzip')
  const response = await post(app, expectStream(), { 'accept-encoding': 'gzip' })
  expect(response.headers.get('content-encoding')).toBeNull()
  expect(await response.text()).toBe(EVENTS.join(''))
})

test('as middleware it answers, and nothing behind it is asked', async () => {
  const app = new Hono()
  app.use('/v1/*', handler())
  app.post('/v1/messages', (c) => c.text('never'))
  app.get('/health', (c) => c.text('ok'))
  expect(await (await post(app, expectStream())).text()).toBe(EVENTS.join(''))
  expect(await (await app.request('/health')).text()).toBe('ok')
})

test('a body that the application has read through Hono is sent as it came', async () => {
  const app = new Hono()
  app.use(async (c, next) => {
    await c.req.json()
    await next()
  })
  app.post('/v1/*', handler())
  const body = '{ "stream" :true,\n"text":"ü" }'
  const { target, request } = upstream.expect(({ socket }) => void socket.write(answerWith('{}')))
  const response = await app.request(target, { method: 'POST', body })
  expect(response.status).toBe(200)
  expect(Buffer.from((await request).body, 'latin1').toString()).toBe(body)
})

test('a body that was read past Hono is a 500 whose record says why', async () => {
  const app = new Hono()
  app.use(async (c, next) => {
    await c.req.raw.text()
    await next()
  })
  app.post('/v1/*', handler())
  const response = await post(app, '/v1/messages')
  expect(response.status).toBe(500)
  expect(await response.json()).toMatchObject({ type: 'error' })
  await expect.poll(() => records.at(-1)).toMatchObject({ ending: 'error-status', misuse: expect.any(String) })
})

test('finish() ends what is under way, and idle() waits for it', async () => {
  const hono = handler()
  const app = new Hono()
  app.all('/v1/*', hono)
  const { target, request } = upstream.expect(
    ({ socket }) => void socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(EVENTS.slice(0, 3).join(''))])),
  )
  const response = await post(app, target)
  expect(hono.liveCount).toBe(1)
  hono.finish()
  expect(await response.text()).toMatch(/event: error\n[^]*\n\n$/)
  await hono.idle()
  expect(hono.liveCount).toBe(0)
  await (
    await request
  ).closed
})

test('Hono is needed by this entry alone', () => {
  const src = join(import.meta.dirname, '../src')
  const files = globSync('**/*.ts', { cwd: src })
  const users = files.filter((file) => readFileSync(join(src, file), 'utf8').includes("from 'hono"))
  expect(users).toEqual(['hono/create-hono-handler.ts'])
})
