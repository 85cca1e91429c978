import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { chunk, connectRaw, EVENTS, LAST_CHUNK, startRawUpstream, STREAM_HEAD } from './raw-upstream.ts'
import { MESSAGES_REQUEST, startTestGateway } from './test-gateway.ts'

test.each([
  ['LF', '\n', 100_000],
  ['CRLF', '\r\n', 100_000],
  ['CR', '\r', 100_000],
  ['LF in 1-byte chunks', '\n', 1],
  ['CRLF in 1-byte chunks', '\r\n', 1],
  ['CRLF in 7-byte chunks', '\r\n', 7],
])('a healthy stream is byte-identical with %s', async (_name, lineEnding, size) => {
  const body = Buffer.from(EVENTS.join('').replaceAll('\n', lineEnding))
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write(STREAM_HEAD)
    for (let at = 0; at < body.length; at += size) socket.write(chunk(body.subarray(at, at + size)))
    socket.write(LAST_CHUNK)
  })
  const gateway = await startTestGateway(upstream.url)
  const response = await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)
  expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
  expect(await gateway.record(1)).toMatchObject({
    ending: 'completed',
    events: EVENTS.length,
    upstreamBytes: body.length,
  })
})

test('each event is at the client before the upstream sends the next one', async () => {
  let seen = ''
  let waiting: { text: string; resolve: () => void } | undefined
  const clientHas = (awaited: string): Promise<void> =>
    new Promise((resolve) => {
      waiting = { text: awaited, resolve }
      if (seen.endsWith(awaited)) resolve()
    })
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    // The head and the opening wait for the first model data; from then on nothing waits.
    socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
    await clientHas(EVENTS[3] ?? '')
    for (const event of EVENTS.slice(4)) {
      socket.write(chunk(event))
      await clientHas(event)
    }
    socket.write(LAST_CHUNK)
  })
  const gateway = await startTestGateway(upstream.url)
  const { body } = await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)
  const decoder = new TextDecoder()
  for await (const bytes of body ?? []) {
    seen += decoder.decode(bytes, { stream: true })
    if (waiting !== undefined && seen.endsWith(waiting.text)) waiting.resolve()
  }
  expect(seen).toBe(EVENTS.join(''))
})

test('the response ends with the terminal event, though the upstream keeps its connection open', async () => {
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write(STREAM_HEAD + chunk(EVENTS.join('')).toString())
  })
  const gateway = await startTestGateway(upstream.url)
  const response = await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)
  expect(await response.text()).toBe(EVENTS.join(''))
  expect(await gateway.record(1)).toMatchObject({ ending: 'completed', clientGone: false })
})

test('the request reaches the upstream as it was sent, over a connection that is kept', async () => {
  const requests: { count: number; head: string; body: string }[] = []
  const upstream = await startRawUpstream(async ({ socket, count, readRequest }) => {
    for (;;) {
      requests.push({ count, ...(await readRequest()) })
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
    }
  })
  const gateway = await startTestGateway(`${upstream.url}/base/`)
  for (let i = 0; i < 3; i++) {
    const response = await fetch(`${gateway.url}/v1/messages?beta=true`, MESSAGES_REQUEST)
    expect(await response.json()).toEqual({})
  }
  expect(requests.map(({ count }) => count)).toEqual([1, 1, 1])
  expect(requests[0]?.head).toMatch(/^POST \/base\/v1\/messages\?beta=true HTTP\/1\.1\r\n/)
  expect(requests[0]?.head).toMatch(/\r\nx-api-key: sk-test-canary\r\n/)
  expect(requests[0]?.head).toMatch(/\r\naccept-encoding: identity(\r\n|$)/)
  expect(requests.every(({ body }) => body === MESSAGES_REQUEST.body)).toBe(true)
  expect((await gateway.record(3)).attempts).toEqual([{ startedMs: expect.any(Number), reused: true, status: 200 }])
})

test("the gateway's own key replaces whatever key the client sent", async () => {
  let head = ''
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    ;({ head } = await readRequest())
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
  })
  const { readGatewayOptions } = await import('../src/gateway-options.ts')
  const { startGateway } = await import('../src/start-gateway.ts')
  const options = readGatewayOptions({
    flags: { upstreamUrl: upstream.url, listenPort: '0', drainDeadlineMs: '1' },
    environment: { STOPBIT_CREDENTIAL: 'sk-of-the-gateway' },
  })
  const ignore = (): void => undefined
  const gateway = await startGateway(options, {
    onRecord: ignore,
    onStall: ignore,
    onRefused: ignore,
    onDefect: ignore,
  })
  await fetch(`http://127.0.0.1:${gateway.port}/v1/messages`, {
    ...MESSAGES_REQUEST,
    headers: { 'x-api-key': 'sk-test-canary', 'api-key': 'sk-test-canary' },
  })
  await gateway.stop()
  expect(head).toMatch(/\r\nx-api-key: sk-of-the-gateway(\r\n|$)/)
  expect(head).not.toContain('sk-test-canary')
})

test('a request body beyond maxReplayBytes is streamed', async () => {
  let received = ''
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    received = (await readRequest()).body
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
  })
  const gateway = await startTestGateway(upstream.url, { maxReplayBytes: '1000' })
  const body = JSON.stringify({ stream: true, prompt: 'x'.repeat(300_000) })
  const response = await fetch(`${gateway.url}/v1/messages`, { method: 'POST', body })
  expect(response.status).toBe(200)
  expect(received).toBe(body)
  expect((await gateway.record(1)).stream).toBeUndefined()
})

test('an early answer reaches a client that is still writing, and its connection stays of use', async () => {
  const upstream = await startRawUpstream(async ({ socket, count, readRequest }) => {
    if (count === 1)
      return void socket.end('HTTP/1.1 413 Too Large\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nno')
    await readRequest()
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
  })
  const gateway = await startTestGateway(upstream.url, { maxReplayBytes: '1000' })
  const bytes = 20_000_000 // more than all buffers on the way: who does not read it blocks its writer
  const socket = connectRaw(gateway.port)
  socket.write(`POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${bytes}\r\n\r\n`)
  await new Promise((resolve) => socket.write(Buffer.alloc(bytes), resolve)) // writes it all before it reads anything
  let received = ''
  socket.on('data', (data: Buffer) => (received += data.toString()))
  await expect.poll(() => received).toMatch(/^HTTP\/1\.1 (413|502) /)
  socket.write('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}')
  await expect.poll(() => received).toMatch(/HTTP\/1\.1 200 OK[\s\S]*\{\}$/)
})

test('a client that reads slowly but steadily is not cut', { timeout: 20_000 }, async () => {
  const json = JSON.stringify('x'.repeat(6_000_000))
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${json.length}\r\n\r\n${json}`)
  })
  const gateway = await startTestGateway(upstream.url, { downstreamStallMs: '500' })
  const socket = connectRaw(gateway.port)
  socket.write('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n')
  let received = 0
  // 1 MB every 300 ms: in all longer than the stall limit, never as long without progress.
  for (let budget = 1_000_000; received < json.length; budget += 1_000_000) {
    while (received < budget && received < json.length) {
      const data = socket.read() as Buffer | null
      if (data !== null) received += data.length
      else await new Promise((resolve) => socket.once('readable', resolve))
    }
    await new Promise((resolve) => setTimeout(resolve, 300)) // the case itself
  }
  socket.destroy()
  expect(await gateway.record(1)).toMatchObject({ ending: 'completed', clientGone: false, clientStalled: false })
})

test('a client that reads nothing is let go after downstreamStallMs', async () => {
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 3).join('')).toString())
    for (let i = 0; i < 200; i++) socket.write(chunk((EVENTS[3] ?? '').repeat(1_000)))
  })
  const gateway = await startTestGateway(upstream.url, { downstreamStallMs: '300' })
  const socket = connectRaw(gateway.port)
  socket.write('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n')
  expect(await gateway.record(1)).toMatchObject({ ending: 'client-gone', clientStalled: true })
})

test('a client that leaves has its upstream connection closed within a second', async () => {
  const closed = Promise.withResolvers<number>()
  const started = Promise.withResolvers<void>()
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.once('close', () => closed.resolve(performance.now()))
    socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
    started.resolve()
  })
  const gateway = await startTestGateway(upstream.url)
  const leaving = new AbortController()
  const response = await fetch(`${gateway.url}/v1/messages`, { ...MESSAGES_REQUEST, signal: leaving.signal })
  await started.promise
  await response.body?.getReader().read()
  const leftAt = performance.now()
  leaving.abort()
  expect((await closed.promise) - leftAt).toBeLessThan(1_000)
  expect(await gateway.record(1)).toMatchObject({ ending: 'client-gone', clientGone: true })
})

test('a client that breaks its upload off leaves a record, and no request upstream', async () => {
  const upstream = await startRawUpstream(() => expect.unreachable('a connection was made'))
  const gateway = await startTestGateway(upstream.url)
  const socket = connectRaw(gateway.port)
  socket.write('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf')
  socket.end()
  await text(socket)
  expect(await gateway.record(1)).toMatchObject({ ending: 'client-gone', attempts: [] })
})

test('a slow reader holds the upstream back, and loses nothing', async () => {
  const delta = EVENTS[3] ?? ''
  const many = delta.repeat(40_000) // about 5 MB, more than all buffers on the way
  let sent = false
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 3).join('')).toString())
    for (let at = 0; at < 40; at++) socket.write(chunk(delta.repeat(1_000)))
    socket.write(chunk(EVENTS.slice(6).join('')).toString() + LAST_CHUNK, () => (sent = true))
  })
  const gateway = await startTestGateway(upstream.url)
  const response = await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)
  await new Promise((resolve) => setImmediate(resolve))
  expect(sent).toBe(false)
  expect(await response.text()).toBe(EVENTS.slice(0, 3).join('') + many + EVENTS.slice(6).join(''))
})
