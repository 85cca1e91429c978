import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { observeListener, type ListenerCounters, type ListenerEvent, type Listener } from '../src/index.ts'
import { clientOn, connectClient, listen, POST } from './raw-client.ts'

const IDLE_MS = 60

function answer(executed: () => void): ConstructorParameters<typeof Server>[1] {
  return (request, response) => {
    executed()
    request.resume().once('end', () => response.end('ok'))
  }
}

/** An observed server, and what it tells. */
function observe(server: Listener): {
  counters: ListenerCounters
  events: ListenerEvent[]
  until: (type: ListenerEvent['type']) => Promise<ListenerEvent>
} {
  const events: ListenerEvent[] = []
  const waiting = new Map<string, (event: ListenerEvent) => void>()
  const onEvent = (event: ListenerEvent): void => {
    events.push(event)
    waiting.get(event.type)?.(event)
  }
  const counters = observeListener(server, { onEvent })
  return {
    counters,
    events,
    until: (type) => {
      const event = events.find((each) => each.type === type)
      return event === undefined ? new Promise((resolve) => waiting.set(type, resolve)) : Promise.resolve(event)
    },
  }
}

function keepIdle(server: Listener): void {
  server.keepAliveTimeout = IDLE_MS
  server.keepAliveTimeoutBuffer = 0
}

describe('a request that comes after the FIN of an idle connection', () => {
  test('is counted once, however many bytes it has, and never executed', async () => {
    let executed = 0
    const server = createServer(answer(() => executed++))
    keepIdle(server)
    const { counters, until } = observe(server)
    const client = await connectClient(await listen(server))
    client.socket.write(POST)
    await client.ended
    client.socket.write(POST)
    expect(await until('raced')).toMatchObject({ connection: 1, cause: 'idle' })
    client.socket.write(POST)
    expect(await client.closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok$/)
    expect(executed).toBe(1)
    expect(counters).toMatchObject({ requests: 1, idleClosed: 1, racedRequests: 1 })
  })

  test('is counted over TLS, too', async () => {
    let executed = 0
    const psk = { identity: 'test', psk: Buffer.from('0123456789abcdef') }
    const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
    const server = createHttpsServer(
      { ...tls, pskCallback: () => psk.psk },
      answer(() => executed++),
    )
    keepIdle(server)
    const { counters, until } = observe(server)
    const port = await listen(server)
    const options = { ...tls, pskCallback: () => psk, checkServerIdentity: () => undefined, allowHalfOpen: true }
    const socket = connectTls({ ...options, port, host: '127.0.0.1' })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'secureConnect')
    const client = clientOn(socket)
    socket.write(POST)
    await until('idle-closed')
    socket.write(POST)
    await until('raced')
    expect(await client.closed).toMatch(/ok$/)
    expect(executed).toBe(1)
    expect(counters).toMatchObject({ connections: 1, requests: 1, idleClosed: 1, racedRequests: 1 })
  })
})

test('a request that lies in the receive buffer when its connection is about to be closed is saved', async () => {
  const server = createServer(answer(() => undefined))
  keepIdle(server)
  const { counters, until } = observe(server)
  const client = await connectClient(await listen(server))
  client.socket.write(POST)
  await client.until(/ok$/)
  // The process is busy from the write until the idle time is over, so that the timer comes before the socket is read.
  client.socket.write(POST)
  const busyUntil = performance.now() + 2 * IDLE_MS
  while (performance.now() < busyUntil);
  await client.until(/ok[\s\S]*ok$/)
  await until('saved')
  expect(counters).toMatchObject({ requests: 2, savedRequests: 1, racedRequests: 0 })
})

test('an idle connection that nobody uses is closed with FIN, and nothing is raced', async () => {
  const server = createServer(answer(() => undefined))
  keepIdle(server)
  const { counters, until } = observe(server)
  const client = await connectClient(await listen(server))
  client.socket.write(POST)
  await client.ended
  client.socket.end()
  expect(await until('closed')).toEqual({ type: 'closed', connection: 1, requestCount: 1, hadError: false })
  expect(counters).toMatchObject({ connections: 1, idleClosed: 1, racedRequests: 0, closedBeforeRequest: 0 })
})

test('requests on a connection that carried one before are counted as reuse', async () => {
  const server = createServer(answer(() => undefined))
  const { counters, events } = observe(server)
  const client = await connectClient(await listen(server))
  client.socket.write(POST)
  await client.until(/ok$/)
  client.socket.write(POST)
  await client.until(/ok[\s\S]*ok$/)
  expect(counters).toMatchObject({ connections: 1, requests: 2, reusedRequests: 1 })
  expect(events).toEqual([
    { type: 'opened', connection: 1 },
    { type: 'reused', connection: 1, requestCount: 2 },
  ])
})

test.each([
  ['FIN', 'end'],
  ['RST', 'resetAndDestroy'],
] as const)('a connection that closes with %s before a request is counted', async (_name, close) => {
  const server = createServer(answer(() => undefined))
  const { counters, until } = observe(server)
  const client = await connectClient(await listen(server))
  await until('opened')
  client.socket[close]()
  await until('closed')
  expect(counters).toMatchObject({ connections: 1, requests: 0, closedBeforeRequest: 1 })
})

describe('clientError', () => {
  test.each([
    ['malformed', 'canary\r\n\r\n', '400 Bad Request', 'HPE_INVALID_METHOD'],
    [
      'headers-too-large',
      `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}`,
      '431 Request Header Fields Too Large',
      'HPE_HEADER_OVERFLOW',
    ],
    ['too-slow', 'GET / HTTP/1.1\r\nhost: ', '408 Request Timeout', 'ERR_HTTP_REQUEST_TIMEOUT'],
  ] as const)('%s is answered plainly and counted', async (kind, bytes, line, code) => {
    const server = createServer(
      { headersTimeout: 50, connectionsCheckingInterval: 10 },
      answer(() => undefined),
    )
    const { counters, until } = observe(server)
    const client = await connectClient(await listen(server))
    client.socket.write(bytes)
    expect(await client.closed).toBe(`HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
    expect(await until('client-error')).toEqual({
      type: 'client-error',
      connection: 1,
      kind,
      code,
      status: Number.parseInt(line, 10),
    })
    expect(counters.clientErrors[kind]).toBe(1)
  })

  test('nothing is written into a response that has begun', async () => {
    const server = createServer((_request, response) => void response.write('begun'))
    const { counters } = observe(server)
    const client = await connectClient(await listen(server))
    client.socket.write(POST)
    await client.until(/begun/)
    client.socket.write('canary\r\n\r\n')
    expect(await client.closed).not.toContain('400')
    expect(counters.clientErrors.malformed).toBe(1)
  })

  test('a client that resets its connection within a response is gone, and gets nothing', async () => {
    const server = createServer((_request, response) => void response.write('begun'))
    const { until } = observe(server)
    const client = await connectClient(await listen(server))
    client.socket.write(POST)
    await client.until(/begun/)
    client.socket.resetAndDestroy()
    expect(await until('client-error')).toMatchObject({ kind: 'client-gone', status: undefined })
  })
})

test('a server timeout of the application still destroys a socket, as it does without an observer', async () => {
  const server = createServer((_request, response) => void response.write('begun'))
  server.timeout = 50
  observe(server)
  const client = await connectClient(await listen(server))
  client.socket.write(POST)
  expect(await client.closed).toContain('begun')
})
