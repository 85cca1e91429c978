import { describe, expect, test } from 'vitest'
import { StreamInterruptedError } from '../src/index.ts'
import { barrier, readAll, STREAMING, testFetch } from './caller.ts'
import { chunk, LAST_CHUNK, refusedUrl, startRawUpstream, STREAM_HEAD } from './raw-upstream.ts'
import { ANTHROPIC, CHAT, GEMINI, RESPONSES, type ApiStream } from './streams.ts'

const STREAMS: readonly (readonly [string, ApiStream])[] = [
  ['Messages', ANTHROPIC],
  ['Chat', CHAT],
  ['Responses', RESPONSES],
  ['Gemini', GEMINI],
]
const { events: EVENTS, target, midText, opening } = ANTHROPIC
const WHOLE = EVENTS.join('')
const HALF = EVENTS.slice(0, midText).join('')
const LOST = 'The connection to the model API was lost before the response was complete. Try again.'

describe.each(STREAMS)('%s', (_name, stream) => {
  const init = { ...STREAMING, body: stream.body }

  test('a healthy stream passes byte for byte, and each event at once', async () => {
    const read = barrier()
    const upstream = await startRawUpstream(async ({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(stream.events.slice(0, stream.midText).join(''))]))
      await read.opened
      for (const byte of Buffer.from(stream.events.slice(stream.midText).join(''))) socket.write(chunk(Buffer.of(byte)))
      socket.write(LAST_CHUNK)
    })
    const { fetch, record } = testFetch()
    const response = await fetch(upstream.url + stream.target, init)
    const { text, error } = await readAll(response.body, (soFar) => void (soFar.includes('Half') && read.open()))
    expect(error).toBeUndefined()
    expect(text).toBe(stream.events.join(''))
    expect(await record).toMatchObject({ ending: 'completed', status: 200, requestId: 'req_test' })
  })

  test('a connection that is lost before any data is replaced by another, and the caller never learns', async () => {
    const upstream = await startRawUpstream(({ socket, count }) => {
      const events = stream.events.slice(0, count === 1 ? stream.opening : undefined).join('')
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(events), Buffer.from(count === 1 ? '' : LAST_CHUNK)]))
      if (count === 1) socket.end()
    })
    const { fetch, calls } = testFetch()
    const response = await fetch(upstream.url + stream.target, init)
    expect(await readAll(response.body)).toEqual({ text: stream.events.join(''), error: undefined })
    expect(calls).toEqual(['retry 2 body-reset'])
    expect(upstream.requests[1]?.body).toBe(init.body)
  })

  test('cut in the middle of the text: all whole events, then an error in words', async () => {
    const read = barrier()
    const events = stream.events.slice(0, stream.midText).join('')
    const upstream = await startRawUpstream(async ({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(`${events}data: {"open`)]))
      await read.opened
      socket.resetAndDestroy()
    })
    const { fetch } = testFetch()
    const response = await fetch(upstream.url + stream.target, init)
    const { text, error } = await readAll(response.body, (soFar) => void (soFar.includes('Half') && read.open()))
    expect(text).toBe(events)
    expect(error).toMatchObject({ name: 'StreamInterruptedError', message: LOST, kind: 'body-reset', status: 200 })
    expect(upstream.requests).toHaveLength(1)
  })

  test('a clean end without the terminal event is an error, too', async () => {
    const upstream = await startRawUpstream(({ socket }) => {
      const events = stream.events.slice(0, stream.midText).join('')
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(events), Buffer.from(LAST_CHUNK)]))
    })
    const { fetch, record } = testFetch()
    const { text, error } = await readAll((await fetch(upstream.url + stream.target, init)).body)
    expect(text).toBe(stream.events.slice(0, stream.midText).join(''))
    expect(error).toMatchObject({ kind: 'body-truncated', phase: 'body', retrySafety: 'processed' })
    expect(await record).toMatchObject({ ending: 'thrown', status: 200, fault: { kind: 'body-truncated' } })
  })
})

test.each([
  ['Messages', ANTHROPIC, 1],
  ['Chat', CHAT, 1],
])('%s: only the sentinel is missing: it is added, since nothing is lost', async (_name, stream, missing) => {
  const upstream = await startRawUpstream(({ socket }) => {
    socket.end(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(stream.events.slice(0, -missing).join(''))]))
  })
  const { fetch, record } = testFetch()
  const response = await fetch(upstream.url + stream.target, { ...STREAMING, body: stream.body })
  expect(await readAll(response.body)).toEqual({ text: stream.events.join(''), error: undefined })
  expect(await record).toMatchObject({ ending: 'completed-sentinel' })
})

test('the error says what it is, for people and for programs, and nothing of the runtime is serialised', async () => {
  const read = barrier()
  const upstream = await startRawUpstream(async ({ socket }) => {
    socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(HALF)]))
    await read.opened
    socket.resetAndDestroy()
  })
  const { fetch, record } = testFetch()
  const response = await fetch(upstream.url + target, STREAMING)
  const { error } = await readAll(response.body, (soFar) => void (soFar.includes('Half') && read.open()))
  if (!StreamInterruptedError.isInstance(error)) return expect.unreachable()
  expect(Object.fromEntries(Object.entries(error).filter(([name]) => name !== 'record'))).toEqual({
    name: 'StreamInterruptedError',
    kind: 'body-reset',
    phase: 'body',
    retrySafety: 'processed',
    requestId: 'req_test',
    clientRequestId: 'mine_1',
    cfRay: 'ray_1',
    status: 200,
    receivedBytes: Buffer.byteLength(HALF),
    receivedEvents: midText,
  })
  expect(error.record).toBe(await record)
  expect(error.cause).toMatchObject({ message: 'terminated', cause: { code: 'ECONNRESET' } })
  expect(String(error)).toBe(`StreamInterruptedError: ${LOST}`)
  expect(JSON.stringify(error)).not.toMatch(/terminated|read E|127\.0\.0\.1|Hello|stack/)
  expect(StreamInterruptedError.isInstance(new Error('other'))).toBe(false)
  expect(StreamInterruptedError.isInstance(null)).toBe(false)
})

test('another copy of this package knows its errors', async () => {
  const path = '../src/stream-interrupted-error.ts?copy'
  const copy = (await import(/* @vite-ignore */ path)) as { StreamInterruptedError: typeof StreamInterruptedError }
  const error: unknown = await testFetch({ retry: 'never' })
    .fetch((await refusedUrl()) + target, STREAMING)
    .catch((thrown: unknown) => thrown)
  expect(error).not.toBeInstanceOf(copy.StreamInterruptedError)
  expect(copy.StreamInterruptedError.isInstance(error)).toBe(true)
})

describe('a line end that the cut has split costs no event', () => {
  test('with CRLF', async () => {
    const text = HALF.replaceAll('\n', '\r\n')
    const read = barrier()
    const upstream = await startRawUpstream(async ({ socket }) => {
      socket.write(
        Buffer.concat([Buffer.from(STREAM_HEAD), chunk(text + 'event: ping\r\ndata: {"type":"ping"}\r\n\r')]),
      )
      await read.opened
      socket.resetAndDestroy()
    })
    const response = await testFetch().fetch(upstream.url + target, STREAMING)
    const all = await readAll(response.body, (soFar) => void (soFar.includes('Half') && read.open()))
    expect(all.text).toBe(`${text}event: ping\r\ndata: {"type":"ping"}\r\n\r\n`)
    expect(all.error).toMatchObject({ kind: 'body-reset' })
  })
})

describe('before the head', () => {
  test('an API that refuses: the call rejects with the sentence, after three attempts', async () => {
    const { fetch, calls, record } = testFetch()
    const error: unknown = await fetch((await refusedUrl()) + target, STREAMING).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StreamInterruptedError)
    expect(error).toMatchObject({
      message: "The model API did not accept a connection. Try again in a moment; if it persists, check the API's URL.",
      kind: 'refused',
      retrySafety: 'never-sent',
      receivedBytes: 0,
    })
    expect(error).not.toHaveProperty('status')
    expect(calls).toEqual(['retry 2 refused', 'retry 3 refused'])
    expect(await record).toMatchObject({ ending: 'thrown', attempts: [{}, {}, {}] })
  })

  test('an API that closes every connection is asked twice', async () => {
    const upstream = await startRawUpstream(({ socket }) => void socket.resetAndDestroy())
    const { fetch } = testFetch()
    await expect(fetch(upstream.url + target, STREAMING)).rejects.toMatchObject({
      kind: 'closed-before-headers',
      retrySafety: 'maybe-processed',
    })
    expect(upstream.requests).toHaveLength(2)
  })

  test('an error that nobody knows is not tried again, and is the cause', async () => {
    let count = 0
    const bug = new Error('a bug')
    const broken = (): Promise<Response> => {
      count++
      return Promise.reject(bug)
    }
    const { fetch } = testFetch({ fetch: broken })
    const error: unknown = await fetch('http://api.invalid/v1/messages', STREAMING).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: 'closed-before-headers' })
    expect((error as Error).cause).toBe(bug)
    expect(count).toBe(1)
  })

  test('an API that does not answer is given up by the headers clock, and not asked again', async () => {
    const upstream = await startRawUpstream(() => undefined)
    const { fetch } = testFetch({ headersTimeoutMs: 100 })
    await expect(fetch(upstream.url + target, STREAMING)).rejects.toMatchObject({ kind: 'headers-timeout' })
    await (
      await upstream.request(1)
    ).closed
    expect(upstream.requests).toHaveLength(1)
  })

  test("an SDK's own retry is not multiplied", async () => {
    const upstream = await startRawUpstream(({ socket }) => void socket.resetAndDestroy())
    const headers = { 'x-stainless-retry-count': '1' }
    await expect(testFetch().fetch(upstream.url + target, { ...STREAMING, headers })).rejects.toThrow()
    expect(upstream.requests).toHaveLength(1)
  })
})

describe('silence', () => {
  test('is told to the UI, and so is that it is over', async () => {
    const stalled = barrier()
    const upstream = await startRawUpstream(async ({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(HALF)]))
      await stalled.opened
      socket.write(Buffer.concat([chunk(EVENTS.slice(midText).join('')), Buffer.from(LAST_CHUNK)]))
    })
    const { fetch, calls } = testFetch({
      stallWarnMs: 60,
      onStall: ({ cutInMs, events: count }) => {
        calls.push(`stall after ${count}, ${cutInMs === undefined}`)
        stalled.open()
      },
    })
    expect(await readAll((await fetch(upstream.url + target, STREAMING)).body)).toEqual({
      text: WHOLE,
      error: undefined,
    })
    expect(calls).toEqual([`stall after ${midText}, false`, 'resume'])
  })

  test('is ended by the idle clock, behind all that came', async () => {
    const upstream = await startRawUpstream(({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(HALF)]))
    })
    const { fetch, calls } = testFetch({ stallWarnMs: 60, idleTimeoutMs: 200 })
    const { text, error } = await readAll((await fetch(upstream.url + target, STREAMING)).body)
    expect(text).toBe(HALF)
    expect(error).toMatchObject({ kind: 'body-timeout', message: expect.stringMatching(/fell silent/) as string })
    expect((error as Error).cause).toBeUndefined()
    expect(calls).toEqual(['stall'])
    await (
      await upstream.request(1)
    ).closed
  })

  test('with nothing but pings is ended by the progress clock', async () => {
    const upstream = await startRawUpstream(async ({ socket, closed }) => {
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(HALF)]))
      const pinging = setInterval(() => socket.write(chunk(EVENTS[2] ?? '')), 20)
      await closed
      clearInterval(pinging)
    })
    const { fetch } = testFetch({ progressTimeoutMs: 150 })
    const { error } = await readAll((await fetch(upstream.url + target, STREAMING)).body)
    expect(error).toMatchObject({ kind: 'progress-timeout' })
  })
})

test('what the caller has not read yet comes before the error', async () => {
  const upstream = await startRawUpstream(async ({ socket }) => {
    socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(HALF)]))
    await settled.opened
  })
  const settled = barrier()
  const { fetch } = testFetch({ idleTimeoutMs: 50, onRecord: settled.open })
  const response = await fetch(upstream.url + target, STREAMING)
  await settled.opened
  expect(await readAll(response.body)).toMatchObject({ text: HALF, error: { kind: 'body-timeout' } })
})

test('opening events go out when the head does, and the error comes behind them', async () => {
  const upstream = await startRawUpstream(({ socket }) => {
    socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(EVENTS.slice(0, opening).join(''))]))
  })
  const { fetch } = testFetch({ commitAfterMs: 30, idleTimeoutMs: 150, stallWarnMs: 'off' })
  const response = await fetch(upstream.url + target, STREAMING)
  expect(response.status).toBe(200)
  expect(await readAll(response.body)).toMatchObject({
    text: EVENTS.slice(0, opening).join(''),
    error: { kind: 'body-timeout', receivedEvents: opening },
  })
})
