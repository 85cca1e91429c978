import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { createDrain, createListenerCounters, observeListener } from '../src/index.ts'
import { connectClient, listen, POST } from './raw-client.ts'

/** A server that answers when it is told to. */
function createSlowServer(): { server: ReturnType<typeof createServer>; next: () => Promise<ServerResponse> } {
  const responses: ServerResponse[] = []
  let arrived = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    request.resume()
    responses.push(response)
    arrived.resolve()
    arrived = Promise.withResolvers()
  })
  return {
    server,
    async next() {
      while (responses.length === 0) await arrived.promise
      return responses.shift() as ServerResponse
    },
  }
}

test('start() serves on for the delay, though not ready, with connection: close', async () => {
  const { server, next } = createSlowServer()
  let notReady = 0
  const drain = createDrain(server, { drainDelayMs: 300, drainDeadlineMs: 5_000, onNotReady: () => notReady++ })
  const port = await listen(server)
  const before = await connectClient(port)
  before.socket.write(POST)
  const underWay = await next()
  expect([drain.isReady, notReady]).toEqual([true, 0])
  const drained = drain.start()
  expect([drain.isReady, notReady, drain.phase]).toEqual([false, 1, 'delaying'])
  const later = await connectClient(port)
  later.socket.write(POST)
  const late = await next()
  for (const response of [underWay, late]) response.end('ok')
  for (const { closed } of [before, later])
    expect(await closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close[\s\S]*ok$/i)
  await drained
  expect(drain.phase).toBe('closed')
  await expect(connectClient(port)).rejects.toThrow('ECONNREFUSED')
})

test('idle connections get FIN; a request that was on its way then is counted and not executed', async () => {
  const { server, next } = createSlowServer()
  const counters = createListenerCounters()
  observeListener(server, { counters })
  const drain = createDrain(server)
  const client = await connectClient(await listen(server))
  client.socket.write(POST)
  const response = await next()
  response.end('ok')
  await once(response, 'close')
  const drained = drain.start()
  await client.ended
  client.socket.write(POST)
  await drained
  expect(counters).toMatchObject({ requests: 1, racedRequests: 1 })
})

test('a request whose first bytes have come is served', async () => {
  const { server, next } = createSlowServer()
  const drain = createDrain(server)
  const client = await connectClient(await listen(server))
  client.socket.write(POST.slice(0, 20))
  const [socket] = [...(await import('../src/connections.ts')).Connections.of(server)].map((each) => each.socket)
  await expect.poll(() => socket?.bytesRead, { timeout: 5_000 }).toBe(20)
  const drained = drain.start()
  client.socket.write(POST.slice(20))
  ;(await next()).end('ok')
  expect(await client.closed).toMatch(/connection: close[\s\S]*ok$/i)
  await drained
})

test('a response that has begun ends as it would have, and its connection after it', async () => {
  const { server, next } = createSlowServer()
  const drain = createDrain(server)
  const client = await connectClient(await listen(server))
  client.socket.write(POST)
  const response = await next()
  response.write('begun')
  await client.until(/begun/)
  const drained = drain.start()
  response.end('whole')
  await client.ended
  client.socket.end()
  expect(await client.closed).toMatch(/begun[\s\S]*whole\r\n0\r\n\r\n$/)
  await drained
})

test('at the deadline what was registered is told to finish, and 2 s later what is left is destroyed', async () => {
  const { server, next } = createSlowServer()
  const drain = createDrain(server, { drainDeadlineMs: 100 })
  const ended = await connectClient(await listen(server))
  ended.socket.write(POST)
  const endable = await next()
  const stuck = await connectClient((server.address() as { port: number }).port)
  stuck.socket.write(POST)
  const deaf = await next()
  deaf.write('begun')
  let finishedAt = 0
  const startedAt = performance.now()
  drain.register({
    idle: () => new Promise(() => undefined),
    finish: () => {
      finishedAt = performance.now() - startedAt
      endable.end('finished')
    },
  })
  await drain.start()
  expect(finishedAt).toBeGreaterThanOrEqual(99)
  expect(await ended.closed).toMatch(/finished/)
  expect(await stuck.closed).not.toMatch(/0\r\n\r\n$/)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(2_000)
})

test('once it has started, close() of the server cuts no idle connection', async () => {
  const { server, next } = createSlowServer()
  const drain = createDrain(server)
  const client = await connectClient(await listen(server))
  client.socket.write(POST)
  const response = await next()
  response.end('ok')
  await once(response, 'close')
  void drain.start()
  const closed = new Promise((resolve) => server.close(resolve))
  await client.ended
  client.socket.end()
  expect(await client.closed).toMatch(/ok$/)
  await closed
})

test('a delay that leaves nothing of the deadline is refused', () => {
  expect(() => createDrain(createServer(), { drainDelayMs: 25_000 })).toThrow(
    'drainDelayMs must be shorter than drainDeadlineMs of 25000, which it is part of, got 25000',
  )
  expect(() => createDrain(createServer(), { drainDeadlineMs: -1 })).toThrow('drainDeadlineMs must be a whole number')
})
