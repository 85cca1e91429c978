import { createServer, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, get } from 'node:https'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { generate } from 'selfsigned'
import {
  chunk,
  connectRaw,
  ENDING,
  handlerFor,
  json,
  listen,
  listenUntilDrained,
  OPENING,
  post,
  startRawUpstream,
  STREAM,
  STREAM_HEAD,
  type Peer,
  type TestHandler,
} from './sockets.ts'

const REQUEST = JSON.stringify({ model: 'claude', stream: true, max_tokens: 9, messages: [] })

/** A handler in front of an upstream that answers every request with `bytes`, and a client of its server. */
async function relaying(bytes: string): Promise<TestHandler & { client: Peer; asked: () => string }> {
  let asked = ''
  const url = await startRawUpstream(async ({ socket, until }) => {
    asked += await until(/\r\n\r\n/)
    socket.write(bytes)
  })
  const tested = handlerFor(url)
  const port = await listen((request, response) => void tested.handler(request, response))
  return { ...tested, client: await connectRaw(port), asked: () => asked }
}

function ask(method: string, target: string, ...lines: string[]): string {
  return [`${method} ${target} HTTP/1.1`, 'host: localhost', 'connection: close', ...lines, '', ''].join('\r\n')
}

describe('a response without a body passes as it came', () => {
  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 512\r\n\r\n', /content-length: 512/],
    ['HEAD', STREAM_HEAD, /content-type: text\/event-stream/],
    ['DELETE', 'HTTP/1.1 204 No Content\r\nx-kept: yes\r\n\r\n', /204 No Content[\s\S]*x-kept: yes/],
    ['GET', 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\ncontent-type: application/json\r\n\r\n', /304[\s\S]*etag: "a"/],
  ])('%s, %j', async (method, bytes, expected) => {
    const { client, record } = await relaying(bytes)
    client.socket.write(ask(method, '/v1/messages/batches'))
    const answer = await client.over()
    expect(answer).toMatch(expected)
    expect(answer.split('\r\n\r\n')[1]).toBe('')
    expect(await record()).toMatchObject({ ending: 'completed', downstreamBytes: 0 })
  })
})

test('an informational 103 and trailers of the upstream are left out', async () => {
  const trailer = `${STREAM_HEAD.replace('\r\n\r\n', '\r\ntrailer: x-checksum\r\n\r\n')}${chunk(OPENING + ENDING)}`
  const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n'
  const { client, record } = await relaying(`${early}${trailer}0\r\nx-checksum: abc\r\n\r\n`)
  client.socket.write(post(REQUEST, 'connection: close'))
  const answer = await client.over()
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(answer).not.toMatch(/preload|x-checksum/i)
  expect(answer).toMatch(/message_stop[\s\S]*\r\n0\r\n\r\n$/)
  expect(await record()).toMatchObject({ ending: 'completed', attempts: [{ status: 200 }] })
})

test('an HTTP/1.0 client gets the whole stream without chunks', async () => {
  const { client } = await relaying(STREAM)
  client.socket.write(post(REQUEST).replace('HTTP/1.1', 'HTTP/1.0'))
  const answer = await client.over()
  expect(answer.split('\r\n\r\n').slice(1).join('\r\n\r\n')).toBe(OPENING + ENDING)
})

test.each([
  ['an absolute URL without a path', 'GET', 'http://example.com', 'GET / HTTP/1.1'],
  ['an absolute URL of another host', 'GET', 'http://example.com/v1/models?a=b', 'GET /v1/models?a=b HTTP/1.1'],
  ['a target that is no path', 'OPTIONS', '*', 'OPTIONS / HTTP/1.1'],
])('%s asks the upstream and nobody else', async (_name, method, target, line) => {
  const { client, asked } = await relaying(json(200, { ok: true }))
  client.socket.write(ask(method, target))
  expect(await client.over()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\{"ok":true\}$/)
  expect(asked()).toContain(`${line}\r\n`)
})

describe('what is no HTTP exchange is refused in words', () => {
  const WEBSOCKET = ['upgrade: websocket', 'sec-websocket-key: eA==', 'sec-websocket-version: 13']
  const upgrading = (lines: string[]): string =>
    ask('GET', '/v1/responses', ...lines).replace('connection: close', 'connection: Upgrade')

  test('a WebSocket, by a 426 in the form of its API, and its connection is used again', async () => {
    const { client, record, asked } = await relaying(json(200))
    client.socket.write(upgrading(WEBSOCKET))
    expect(await client.until(/\}$/)).toMatch(
      /^HTTP\/1\.1 426 Upgrade Required\r\n[\s\S]*"type":"invalid_request_error"/,
    )
    expect(await record()).toMatchObject({ ending: 'error-status', status: 426, attempts: [] })
    expect(asked()).toBe('')
    client.socket.write(ask('GET', '/v1/models'))
    expect(await client.over()).toMatch(/HTTP\/1\.1 200 OK/)
  })

  test('an offer of h2c, which Java makes with every request, is ignored and kept from the upstream', async () => {
    const { client, asked } = await relaying(STREAM)
    const lines = ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__']
    client.socket.write(post(REQUEST, ...lines))
    expect(await client.until(/message_stop[\s\S]*\r\n0\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(asked()).not.toMatch(/upgrade|http2-settings/i)
  })

  test.each([
    ['connect', 'CONNECT api.example.com:443 HTTP/1.1\r\nhost: api.example.com:443\r\n\r\n', '400'],
    ['upgrade', upgrading(WEBSOCKET), '426'],
  ])('by refuseTunnel() as a listener for %s', async (event, bytes, status) => {
    const { handler, record } = handlerFor(new URL('http://127.0.0.1:1'))
    const server = createServer((request, response) => void handler(request, response))
    server.on(event, (request, socket) => void handler.refuseTunnel(request, socket))
    const client = await connectRaw(await listen(server))
    client.socket.write(bytes)
    expect(await client.over()).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*connection: close[\\s\\S]*"error"`, 'i'),
    )
    expect(await record()).toMatchObject({ ending: 'error-status', status: Number(status), attempts: [] })
    expect(handler.liveCount).toBe(0)
  })
})

describe('a response that middleware has begun is refused in the record, and hangs nobody', () => {
  test.each([
    ['not ended, is cut', (response: ServerResponse) => void response.write('begun'), false],
    ['ended, is left as it is', (response: ServerResponse) => void response.end('whole'), true],
  ])('%s', async (_name, begin, isWhole) => {
    const { handler, record } = handlerFor(await startRawUpstream(() => expect.unreachable('the upstream was asked')))
    const port = await listen((request, response) => {
      begin(response)
      void handler(request, response)
    })
    const client = await connectRaw(port)
    client.socket.write(ask('GET', '/v1/models'))
    expect(/(?:\r\n0\r\n\r\n|whole)$/.test(await client.over())).toBe(isWhole)
    expect(await record()).toMatchObject({
      ending: 'incomplete',
      fault: { kind: 'internal' },
      misuse: expect.stringContaining('The response had begun') as string,
    })
  })
})

test('headers that were set before survive, but for those that describe a body', async () => {
  const head = 'set-cookie: api=1\r\nvary: Accept\r\nx-request-id: of-the-api\r\nx-other: of-the-api'
  const url = await startRawUpstream(async ({ socket, until }) => {
    await until(/\r\n\r\n/)
    socket.write(STREAM.replace('request-id: req_test', head))
  })
  const { handler } = handlerFor(url)
  const port = await listen((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', 'https://app.example')
    response.setHeader('Set-Cookie', ['app=1', 'app=2'])
    response.setHeader('Vary', 'Origin')
    response.setHeader('X-Request-Id', 'of-the-app')
    response.setHeader('Content-Type', 'text/html')
    response.setHeader('Content-Length', '7')
    response.setHeader('Content-Encoding', 'gzip')
    response.setHeader('Cache-Control', 'public, max-age=600')
    response.setHeader('Transfer-Encoding', 'chunked')
    void handler(request, response)
  })
  const response = await fetch(`http://127.0.0.1:${port}/v1/messages`, { method: 'POST', body: REQUEST })
  expect(await response.text()).toBe(OPENING + ENDING)
  expect(response.headers.getSetCookie()).toEqual(['app=1', 'app=2', 'api=1'])
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    'cache-control': 'no-cache, no-transform',
    'content-type': 'text/event-stream',
    'transfer-encoding': 'chunked',
    vary: 'Origin, Accept',
    'x-other': 'of-the-api',
    'x-request-id': 'of-the-app',
  })
  expect(response.headers.has('content-length')).toBe(false)
  expect(response.headers.has('content-encoding')).toBe(false)
})

test('an https server relays as well', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' })
  const { handler, record } = handlerFor(
    await startRawUpstream(async ({ socket, until }) => {
      await until(/\r\n\r\n/)
      socket.end(STREAM_HEAD + chunk(OPENING))
    }),
  )
  const port = await listen(createTlsServer({ key, cert }, (request, response) => void handler(request, response)))
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const request = get({ host: 'localhost', port, path: '/v1/messages', ca: cert, family: 4 }, (response) => {
    void text(response).then(resolve, reject)
  })
  onTestFinished(() => void request.destroy())
  request.once('error', reject)
  expect(await promise).toMatch(/Hello[\s\S]*event: error\ndata: .*\n\n$/)
  expect(await record()).toMatchObject({ ending: 'error', fault: { kind: 'body-reset' } })
})

test('a drain ends a stream truthfully at its deadline', async () => {
  const url = await startRawUpstream(async ({ socket, until }) => {
    await until(/\r\n\r\n/)
    socket.write(STREAM_HEAD + chunk(OPENING))
  })
  const { handler, record } = handlerFor(url)
  const { port, drain } = await listenUntilDrained(handler, handler, 50)
  const client = await connectRaw(port)
  client.socket.write(post(REQUEST))
  await client.until(/Hello/)
  await drain()
  expect(await client.until(/\r\n0\r\n\r\n$/)).toMatch(/event: error\n/)
  expect(await record()).toMatchObject({ ending: 'error', fault: { kind: 'aborted-by-us' } })
})
