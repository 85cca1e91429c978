import { createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import {
  chunk,
  connectRaw,
  EVENTS,
  LAST_CHUNK,
  startRawUpstream,
  STREAM_HEAD,
  type RawUpstream,
  type UpstreamConnection,
} from './raw-upstream.ts'
import { MESSAGES_REQUEST, startTestGateway, type TestGateway } from './test-gateway.ts'

/** What must never be in anything that the gateway wrote itself. */
const RUNTIME_WORDS =
  /\bE[A-Z]{4,}\b|UND_ERR|HPE_|socket hang up|other side closed|fetch failed|\bterminated\b|127\.0\.0\.1|:\d{4,5}|node:|undici|getaddrinfo|canary/

async function ask(gateway: TestGateway): Promise<{ status: number; headers: Headers; body: string }> {
  const response = await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)
  return { status: response.status, headers: response.headers, body: await response.text() }
}

async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** An upstream that is asked for TLS and does not speak it. */
async function secure(script: (connection: UpstreamConnection) => void): Promise<string> {
  return (await startRawUpstream(script)).url.replace('http:', 'https:')
}

/** An upstream that answers every later request, so that the gateway can be seen to live on. */
function failingOnce(script: (connection: UpstreamConnection) => Promise<void> | void): Promise<RawUpstream> {
  return startRawUpstream(async (connection) => {
    if (connection.count === 1) return script(connection)
    await connection.readRequest()
    connection.socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
  })
}

describe('before an answer, the client gets the envelope of its API and nothing of the runtime', () => {
  test.each([
    ['closed before a request', 502, 'api_error', ({ socket }) => void socket.end()],
    ['reset before a request', 502, 'api_error', ({ socket }) => void socket.resetAndDestroy()],
    [
      'closed after the request',
      502,
      'api_error',
      async ({ socket, readRequest }) => void (await readRequest(), socket.end()),
    ],
    [
      'reset after the request',
      502,
      'api_error',
      async ({ socket, readRequest }) => void (await readRequest(), socket.resetAndDestroy()),
    ],
    [
      'closed within its head',
      502,
      'api_error',
      async ({ socket, readRequest }) => void (await readRequest(), socket.end('HTTP/1.1 200 OK\r\ncontent-ty')),
    ],
    [
      'not HTTP',
      502,
      'api_error',
      async ({ socket, readRequest }) => void (await readRequest(), socket.write('SSH-2.0-OpenSSH_9.2\r\n')),
    ],
    ['silent', 504, 'timeout_error', async ({ readRequest }) => void (await readRequest())],
    [
      'silent after an interim response',
      504,
      'timeout_error',
      async ({ socket, readRequest }) => void (await readRequest(), socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')),
    ],
    [
      'an empty stream',
      502,
      'api_error',
      async ({ socket, readRequest }) => void (await readRequest(), socket.end(STREAM_HEAD + LAST_CHUNK)),
    ],
    [
      'a JSON body cut short',
      502,
      'api_error',
      async ({ socket, readRequest }) =>
        void (
          await readRequest(),
          socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{"a":')
        ),
    ],
  ] satisfies [string, number, string, (connection: UpstreamConnection) => Promise<void> | void][])(
    'upstream %s: %i %s',
    async (_name, status, type, script) => {
      const upstream = await failingOnce(script)
      const gateway = await startTestGateway(upstream.url, { headersTimeoutMs: '300', retry: 'never' })
      const failed = await ask(gateway)
      expect(failed).toMatchObject({ status })
      expect(JSON.parse(failed.body)).toEqual({
        type: 'error',
        error: { type, message: expect.stringMatching(/\.$/) },
        request_id: expect.stringMatching(/^req_/),
      })
      expect(failed.headers.get('content-type')).toBe('application/json')
      expect(`${failed.body} ${[...failed.headers].join(' ')}`).not.toMatch(RUNTIME_WORDS)
      expect(await gateway.record(1)).toMatchObject({ ending: 'error-status', status })
      expect(await ask(gateway)).toMatchObject({ status: 200, body: '{}' })
    },
  )

  const connections: [string, () => Promise<string>, number, string][] = [
    ['refused', async () => `http://127.0.0.1:${await closedPort()}`, 502, 'refused'],
    ['unresolvable', () => Promise.resolve('http://no-such-host.invalid'), 502, 'dns'],
    [
      'TLS that is plain',
      () => secure(({ socket }) => void socket.write('HTTP/1.1 400 No\r\n\r\n')),
      502,
      'tls-handshake',
    ],
    [
      'TLS that is reset',
      () => secure(({ socket }) => void socket.once('data', () => socket.resetAndDestroy())),
      502,
      'tls-handshake',
    ],
    ['TLS that stalls', () => secure(() => undefined), 504, 'connect-timeout'],
  ]
  test.each(connections)('connection %s', async (_name, url, status, kind) => {
    const gateway = await startTestGateway(await url(), { connectTimeoutMs: '200', retry: 'never' })
    const failed = await ask(gateway)
    expect(failed.status).toBe(status)
    expect(`${failed.body} ${[...failed.headers].join(' ')}`).not.toMatch(RUNTIME_WORDS)
    expect(await gateway.record(1)).toMatchObject({ fault: { kind, phase: 'connect', retrySafety: 'never-sent' } })
  })
})

describe('within an answer, the client gets an error event and a framed end', () => {
  test.each([
    ['reset', 'body-reset', ({ socket }) => void socket.resetAndDestroy()],
    ['closed', 'body-reset', ({ socket }) => void socket.end()],
    ['ended without a terminal event', 'body-truncated', ({ socket }) => void socket.write(LAST_CHUNK)],
    ['silent', 'body-timeout', () => undefined],
    ['badly framed', 'bad-framing', ({ socket }) => void socket.write('not a chunk size\r\n')],
  ] satisfies [string, string, (connection: UpstreamConnection) => void][])(
    'upstream %s: %s',
    async (_name, kind, fail) => {
      const cutIn = EVENTS.slice(0, 5).join('') + (EVENTS[5] ?? '').slice(0, 60)
      const seen = Promise.withResolvers<void>()
      const upstream = await startRawUpstream(async (connection) => {
        await connection.readRequest()
        connection.socket.write(STREAM_HEAD + chunk(cutIn).toString())
        await seen.promise
        fail(connection)
      })
      const gateway = await startTestGateway(upstream.url, { idleTimeoutMs: '300' })
      const { body } = await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)
      let received = ''
      const decoder = new TextDecoder()
      for await (const bytes of body ?? []) {
        received += decoder.decode(bytes, { stream: true })
        if (received.includes(': a comment of the API\n\n')) seen.resolve()
      }
      const delivered = EVENTS.slice(0, 5).join('')
      expect(received.startsWith(delivered)).toBe(true)
      expect(received.slice(delivered.length)).toMatch(
        /^event: error\ndata: \{"type":"error".*"request_id":"req_test"\}\n\n$/,
      )
      expect(received.slice(delivered.length)).not.toMatch(RUNTIME_WORDS)
      expect(await gateway.record(1)).toMatchObject({ ending: 'error', status: 200, fault: { kind } })
    },
  )
})

describe('a body that cannot carry an error is left with its framing incomplete', () => {
  function halfASong(): Promise<RawUpstream> {
    return startRawUpstream(async ({ socket, readRequest }) => {
      await readRequest()
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n')
      socket.write(chunk('half a song'))
    })
  }

  test('for a client that speaks HTTP/1.1', async () => {
    const gateway = await startTestGateway((await halfASong()).url, { idleTimeoutMs: '200' })
    const response = await fetch(`${gateway.url}/v1/audio`)
    await expect(response.text()).rejects.toThrow('terminated')
    expect(await gateway.record(1)).toMatchObject({ ending: 'incomplete', fault: { kind: 'body-timeout' } })
  })

  test('for a client that speaks HTTP/1.0, to which a plain close would look like the end', async () => {
    const gateway = await startTestGateway((await halfASong()).url, { idleTimeoutMs: '200' })
    const socket = connectRaw(gateway.port)
    const closed = new Promise<string>((resolve) => {
      socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'an error'))
      socket.once('end', () => resolve('a clean end'))
    })
    socket.on('data', () => undefined)
    socket.write('GET /v1/audio HTTP/1.0\r\nhost: localhost\r\n\r\n')
    expect(await closed).toBe('ECONNRESET')
  })

  test('for a client whose response waits behind another one', async () => {
    const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
      const isFirst = (await readRequest()).head.startsWith('GET /a')
      const head = 'HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n'
      socket.write(`${head}${chunk('some').toString()}${isFirst ? LAST_CHUNK : ''}`)
      if (isFirst) await readRequest().then(() => socket.write(head + chunk('some').toString()))
    })
    const gateway = await startTestGateway(upstream.url, { idleTimeoutMs: '300' })
    const socket = connectRaw(gateway.port)
    socket.write('GET /a HTTP/1.1\r\nhost: localhost\r\n\r\nGET /b HTTP/1.1\r\nhost: localhost\r\n\r\n')
    expect(await text(socket)).toMatch(/some[\s\S]*0\r\n\r\nHTTP[\s\S]*some\r\n$/)
    expect((await gateway.record(2)).ending).toBe('incomplete')
  })
})
