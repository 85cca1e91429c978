import { describe, expect, test, vi } from 'vitest'
import { ask, typesOf } from './samples/ask.ts'
import { chunk, EVENTS, LAST_CHUNK, startRawUpstream, stream, WHOLE_ANSWER } from './samples/raw-upstream.ts'
import { runSample, startSample } from './samples/start-sample.ts'

// Each test starts a program, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const { start, open, text, half, end } = EVENTS
const SHORT_CLOCKS = { IDLE_TIMEOUT_MS: '800', HEARTBEAT_MS: '100' }

/** A sample that was asked, and the request that the API got of it. */
async function askThrough(file: string, env: Readonly<Record<string, string>> = {}) {
  const upstream = await startRawUpstream()
  const sample = await startSample(file, { API_URL: upstream.url, ...env })
  const answer = ask(sample.url)
  return { upstream, sample, answer, request: await upstream.next() }
}

/** The API sends half an answer, and resets when the client has it. */
async function cutInText(file: string): Promise<{ text: string; error: unknown }> {
  const { answer, request } = await askThrough(file)
  request.socket.write(stream(start, open, text) + chunk(half))
  const client = await answer
  await client.until('Hello')
  request.socket.resetAndDestroy()
  return client.end
}

const STOPBIT = ['node', 'fastify', 'hono'] as const

describe('finalize or destroy', () => {
  test('the naive relay shows its client a raw socket error', async () => {
    const { error } = await cutInText('finalize-or-destroy/naive.ts')
    expect(error).toMatchObject({ message: 'terminated' })
  })

  test.each(['by-hand', ...STOPBIT])('%s ends a cut stream with one error event, and no half event', async (name) => {
    const body = await cutInText(`finalize-or-destroy/${name}.ts`)
    expect(body.error).toBe(undefined)
    expect(typesOf(body.text)).toEqual(['message_start', 'content_block_start', 'content_block_delta', 'error'])
  })

  test.each(['by-hand', ...STOPBIT])('%s leaves a healthy stream as it is', async (name) => {
    const { answer, request } = await askThrough(`finalize-or-destroy/${name}.ts`)
    request.socket.write(stream(start, open, text, end) + LAST_CHUNK)
    expect(await (await answer).end).toEqual({ text: start + open + text + end, error: undefined })
  })
})

test.each(['finalize-or-destroy', 'clocks-and-heartbeat', 'drain'])(
  '%s: by hand, an answer that is no stream stays as it is',
  async (pattern) => {
    const { answer, request } = await askThrough(`${pattern}/by-hand.ts`)
    request.socket.write(WHOLE_ANSWER.replace('200 OK', '401 Unauthorized'))
    const { status, headers, end: ended } = await answer
    expect(await ended).toEqual({ text: '{"whole":42}', error: undefined })
    expect(status).toBe(401)
    expect(headers.get('content-type')).toBe('application/json')
  },
)

describe('why a clean end lies', () => {
  /** The client program meets an answer that ends in good order, half way. */
  async function halfAnswer(file: string): Promise<string> {
    const upstream = await startRawUpstream()
    const program = runSample(file, { API_URL: upstream.url, API_KEY: 'none' })
    const { socket } = await upstream.next()
    socket.write(stream(start, open, text) + LAST_CHUNK)
    return program.ended
  }

  test('the naive client takes half an answer for a whole one', async () => {
    expect(await halfAnswer('clean-end-lies/naive-client.ts')).toBe('Hello\n-- done\n')
  })

  test.each([
    ['by-hand-client', 'The answer was cut.'],
    ['client', 'The model API stopped before the response was complete.'],
  ])('%s sees it', async (name, sentence) => {
    const output = await halfAnswer(`clean-end-lies/${name}.ts`)
    expect(output).toContain(`Hello\n-- ${sentence}`)
    expect(output).not.toContain('done')
  })

  test.each(['by-hand', ...STOPBIT])('%s tells the client of a clean end that came too early', async (name) => {
    const { answer, request } = await askThrough(`finalize-or-destroy/${name}.ts`)
    request.socket.write(stream(start, open, text) + LAST_CHUNK)
    const body = await (await answer).end
    expect(typesOf(body.text).at(-1)).toBe('error')
  })
})

describe('hold the 200 back', () => {
  test('the naive relay has said 200 when the API resets', async () => {
    const { answer, request } = await askThrough('hold-the-200-back/naive.ts')
    request.socket.write(stream(start))
    const { status, end: ended, until } = await answer
    await until('message_start')
    request.socket.resetAndDestroy()
    expect(status).toBe(200)
    expect(typesOf((await ended).text)).toEqual(['message_start', 'error'])
  })

  test.each(['by-hand', ...STOPBIT])('%s answers with a status that SDKs retry', async (name) => {
    const { answer, request } = await askThrough(`hold-the-200-back/${name}.ts`)
    request.socket.write(stream(start, open))
    request.socket.end() // a FIN in the middle of the framing
    const { status, headers, end: ended } = await answer
    expect(status).toBe(502)
    expect(headers.get('content-type')).toContain('application/json')
    expect(JSON.parse((await ended).text)).toMatchObject({ type: 'error', error: { type: 'api_error' } })
  })

  test.each(['by-hand', ...STOPBIT])('%s begins with the first model data', async (name) => {
    const { answer, request } = await askThrough(`hold-the-200-back/${name}.ts`)
    request.socket.write(stream(start, open))
    request.socket.write(chunk(text))
    const client = await answer
    await client.until('Hello')
    request.socket.write(chunk(end) + LAST_CHUNK)
    expect(client.status).toBe(200)
    expect(await client.end).toEqual({ text: start + open + text + end, error: undefined })
  })
})

describe('the clocks and the heartbeat', () => {
  test.each(['by-hand', ...STOPBIT])('%s fills a silence with pings, and ends it when it is too long', async (name) => {
    const { answer, request } = await askThrough(`clocks-and-heartbeat/${name}.ts`, SHORT_CLOCKS)
    request.socket.write(stream(start, open, text))
    const body = await (await answer).end
    expect(body.error).toBe(undefined)
    const types = typesOf(body.text)
    expect(types.slice(3, -1)).toContain('ping')
    expect(new Set(types.slice(3, -1))).toEqual(new Set(['ping']))
    expect(types.at(-1)).toBe('error')
    await request.closed // and the API is let go
  })

  test.each(['by-hand', ...STOPBIT])('%s lets the API go when the client leaves', async (name) => {
    const upstream = await startRawUpstream()
    const sample = await startSample(`clocks-and-heartbeat/${name}.ts`, { API_URL: upstream.url })
    const leaving = new AbortController()
    const { signal } = leaving
    const response = fetch(`${sample.url}/v1/messages`, { method: 'POST', body: '{"stream":true}', signal })
    const request = await upstream.next()
    request.socket.write(stream(start, open, text))
    expect((await response).status).toBe(200)
    leaving.abort()
    await request.closed
  })
})

describe('whole events only', () => {
  test('bytes that go out at once are stuck to the error event', async () => {
    const { answer, request } = await askThrough('whole-events-only/naive.ts')
    request.socket.write(stream(start, open, text) + chunk(half))
    const client = await answer
    await client.until(half)
    request.socket.resetAndDestroy()
    const body = await client.end
    expect(typesOf(body.text).slice(3)).toEqual(['broken'])
  })

  test.each(['node', 'hono'])('%s drops the half event and says what happened', async (name) => {
    const body = await cutInText(`whole-events-only/${name}.ts`)
    expect(body.error).toBe(undefined)
    expect(typesOf(body.text)).toEqual(['message_start', 'content_block_start', 'content_block_delta', 'error'])
  })
})
