import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ask, typesOf } from './ask.ts'
import { chunk, EVENTS, LAST_CHUNK, startRawUpstream, stream, WHOLE_ANSWER } from './raw-upstream.ts'
import { runSample, startSample } from './start-sample.ts'

// Each test starts a program, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const { start, open, text, half, end } = EVENTS
const SOON = { RETRY_BACKOFF_MS: '1' }
/** What runtimes call a failed connection. None of it is for a client. */
const RUNTIME_TEXT = /E[A-Z]{4,}|fetch failed|terminated|socket|127\.0\.0\.1|undici/

/** A port that nobody listens on, for now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Whether a connection is not taken any more. */
async function isRefused(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return !isOpen
}

describe('the stale socket race', () => {
  test.each(['listener-by-hand', 'node', 'fastify'])(
    '%s keeps idle connections longer than nginx does',
    async (name) => {
      const upstream = await startRawUpstream()
      const sample = await startSample(`stale-socket-race/${name}.ts`, { API_URL: upstream.url })
      const client = connect(Number(new URL(sample.url).port), '127.0.0.1')
      onTestFinished(() => void client.destroy())
      client.write('GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n')
      if (name !== 'listener-by-hand') (await upstream.next()).socket.write(WHOLE_ANSWER)
      const [head] = (await once(client, 'data')) as [Buffer]
      expect(head.toString()).toContain('HTTP/1.1 200 OK')
      expect(head.toString()).toMatch(/^keep-alive: timeout=75\r$/im)
    },
  )

  test.each(['retry-once', 'node', 'fastify'])(
    '%s sends a request again that met a closing connection',
    async (name) => {
      const upstream = await startRawUpstream()
      const sample = await startSample(`stale-socket-race/${name}.ts`, { API_URL: upstream.url })
      const first = ask(sample.url)
      const { socket } = await upstream.next()
      socket.write(WHOLE_ANSWER)
      expect((await (await first).end).text).toBe('{"whole":42}')

      const second = ask(sample.url)
      const raced = await upstream.next()
      expect(raced.socket).toBe(socket) // the kept connection
      socket.resetAndDestroy()
      const again = await upstream.next()
      expect(again.socket).not.toBe(socket)
      again.socket.write(WHOLE_ANSWER)
      expect((await second).status).toBe(200)
    },
  )

  test.each([
    ['node', 'SIGTERM'],
    ['fastify', 'SIGINT'],
  ] as const)('%s says at %s what its listener has counted, and ends', async (name, signal) => {
    const upstream = await startRawUpstream()
    const sample = await startSample(`stale-socket-race/${name}.ts`, { API_URL: upstream.url })
    const answer = ask(sample.url)
    ;(await upstream.next()).socket.write(WHOLE_ANSWER)
    await (
      await answer
    ).end
    sample.child.kill(signal)
    expect(await sample.ended).toMatch(/requests: 1,[^]*racedRequests: 0,/)
    expect(sample.child.exitCode).toBe(0)
  })

  test('retry-once sends nothing twice that went out on a fresh connection', async () => {
    const upstream = await startRawUpstream()
    const sample = await startSample('stale-socket-race/retry-once.ts', { API_URL: upstream.url })
    const answer = ask(sample.url)
    ;(await upstream.next()).socket.resetAndDestroy()
    expect((await answer).status).toBe(502)
    expect(upstream.count()).toBe(1)
  })
})

describe('safe retries', () => {
  test('by hand, what was never sent is sent again', async () => {
    const port = await freePort()
    const env = { API_URL: `http://127.0.0.1:${port}`, RETRY_BACKOFF_MS: '300' }
    const sample = await startSample('safe-retries/by-hand.ts', env)
    const answer = ask(sample.url)
    await sample.until(/again/) // refused once
    const upstream = await startRawUpstream(port)
    ;(await upstream.next()).socket.write(WHOLE_ANSWER)
    expect((await answer).status).toBe(200)
  })

  test('by hand, what may have been processed is not', async () => {
    const upstream = await startRawUpstream()
    const sample = await startSample('safe-retries/by-hand.ts', { API_URL: upstream.url, ...SOON })
    const answer = ask(sample.url)
    ;(await upstream.next()).socket.resetAndDestroy()
    expect((await answer).status).toBe(502)
    expect(upstream.count()).toBe(1)
  })

  test.each(['node', 'fastify', 'hono'])(
    '%s asks a second time for an answer that never began, and no third',
    async (name) => {
      const upstream = await startRawUpstream()
      const sample = await startSample(`safe-retries/${name}.ts`, { API_URL: upstream.url, ...SOON })
      const answer = ask(sample.url)
      ;(await upstream.next()).socket.resetAndDestroy()
      const { socket } = await upstream.next()
      socket.write(stream(start, open))
      socket.end()
      expect((await answer).status).toBe(502)
      await sample.until(/attempts 2/)
      expect(upstream.count()).toBe(2)
    },
  )

  test('the client program does not notice that it was asked for twice', async () => {
    const upstream = await startRawUpstream()
    const program = runSample('safe-retries/client.ts', { API_URL: upstream.url, ...SOON })
    ;(await upstream.next()).socket.resetAndDestroy()
    ;(await upstream.next()).socket.end(WHOLE_ANSWER)
    expect(await program.ended).toBe('attempt 2\n200 {"whole":42}\n')
  })
})

describe('drain', () => {
  const samples = ['by-hand', 'node', 'fastify', 'hono']
  const drained = async (name: string, deadlineMs: string) => {
    const upstream = await startRawUpstream()
    const sample = await startSample(`drain/${name}.ts`, { API_URL: upstream.url, DRAIN_DEADLINE_MS: deadlineMs })
    const answer = ask(sample.url)
    const { socket } = await upstream.next()
    socket.write(stream(start, open, text))
    const client = await answer
    await client.until('Hello')
    sample.child.kill('SIGTERM')
    return { socket, client, sample }
  }

  test.each(samples)('%s lets a stream go on to its end, takes no new one, and exits', async (name) => {
    const { socket, client, sample } = await drained(name, '5000')
    await expect.poll(() => isRefused(sample.url), { timeout: 5_000 }).toBe(true)
    socket.write(chunk(end) + LAST_CHUNK)
    expect((await client.end).text).toBe(start + open + text + end)
    await sample.ended
    expect(sample.child.exitCode).toBe(0)
  })

  test.each(samples)('%s ends what still streams at the deadline with an error event', async (name) => {
    const { client, sample } = await drained(name, '200')
    const body = await client.end
    expect(body.error).toBe(undefined)
    expect(typesOf(body.text)).toEqual(['message_start', 'content_block_start', 'content_block_delta', 'error'])
    await sample.ended
    expect(sample.child.exitCode).toBe(0)
  })
})

test('drain: by hand, an answer that is no stream gets no error event at the deadline', async () => {
  const upstream = await startRawUpstream()
  const sample = await startSample('drain/by-hand.ts', { API_URL: upstream.url, DRAIN_DEADLINE_MS: '200' })
  const answer = ask(sample.url)
  ;(await upstream.next()).socket.write(WHOLE_ANSWER.slice(0, -3))
  const client = await answer
  await client.until('{"whole"')
  sample.child.kill('SIGTERM')
  expect(await client.end).toMatchObject({ text: '{"whole":', error: { message: 'terminated' } })
  await sample.ended
  expect(sample.child.exitCode).toBe(0)
})

describe('what never to say to a user', () => {
  const tell = async (name: string): Promise<string> => {
    const upstream = await startRawUpstream()
    const sample = await startSample(`what-never-to-say/${name}.ts`, { API_URL: upstream.url })
    const answer = ask(sample.url)
    ;(await upstream.next()).socket.resetAndDestroy()
    return (await (await answer).end).text
  }

  test('the naive relay tells its client of the runtime', async () => {
    expect(await tell('naive')).toMatch(RUNTIME_TEXT)
  })

  test.each(['by-hand', 'node'])('%s tells a sentence', async (name) => {
    const body = await tell(name)
    expect(body).toContain('The model API closed the connection')
    expect(body).not.toMatch(RUNTIME_TEXT)
  })
})

test('buffering fronts: the sample has its head and its first event out while it still writes', async () => {
  const { url } = await startSample('buffering-fronts/by-hand.ts', {})
  const client = await ask(url)
  await client.until('"second":1')
  expect(client.headers.get('x-accel-buffering')).toBe('no')
  expect(client.headers.get('cache-control')).toContain('no-transform')
})

test('which ending: the SDK of Anthropic does with each what the table says', async () => {
  const { url } = await startSample('which-ending-which-client/endings.ts', {})
  const read = async (ending: string): Promise<string> => {
    const client = new Anthropic({ apiKey: 'none', baseURL: `${url}/${ending}`, maxRetries: 0 })
    const request = { model: 'claude', max_tokens: 9, messages: [{ role: 'user' as const, content: 'Hello' }] }
    let seen = ''
    try {
      for await (const event of await client.messages.create({ ...request, stream: true })) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') seen += event.delta.text
      }
    } catch (error) {
      return `${seen}: ${(error as Error).constructor.name} ${(error as Error).message}`
    }
    return `${seen}: no error`
  }
  expect(await read('reset')).toBe('Half an: TypeError terminated')
  expect(await read('clean-end')).toBe('Half an: no error')
  expect(await read('graceful')).toBe('Half an: no error')
  for (const ending of ['error', 'error-left-open']) {
    expect(await read(ending)).toMatch(/^Half an: APIError .*stopped before the response was complete/)
  }
})

test('record a failure: the tap by hand says who closed, how, and after how many bytes', async () => {
  const upstream = await startRawUpstream()
  const sample = await startSample('record-a-failure/by-hand.ts', { API_URL: upstream.url })
  const answer = ask(sample.url)
  const { socket } = await upstream.next()
  const bytes = stream(start, open, text) + chunk(half)
  socket.write(bytes)
  const client = await answer
  await client.until(half)
  socket.resetAndDestroy()
  expect((await client.end).error).toMatchObject({ message: 'terminated' })
  await sample.until(/api ECONNRESET/)
  const [, sizes] = await sample.until(/((?:\S+ api \d+ bytes\n)+)/)
  const counts = [...(sizes ?? '').matchAll(/(\d+) bytes/g)].map(([, count]) => Number(count))
  expect(counts.reduce((sum, count) => sum + count)).toBe(bytes.length)
})
