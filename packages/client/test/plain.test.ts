import { describe, expect, test } from 'vitest'
import { createResilientFetch, StreamInterruptedError } from '../src/index.ts'
import { barrier, readAll, STREAMING, testFetch } from './caller.ts'
import { answerWith, chunk, LAST_CHUNK, startRawUpstream, STREAM_HEAD } from './raw-upstream.ts'
import { ANTHROPIC } from './streams.ts'

const { events, target, midText, opening } = ANTHROPIC
const ERROR = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
const streamOf = (...parts: readonly string[]): Buffer =>
  Buffer.concat([Buffer.from(STREAM_HEAD), ...parts.map((part) => chunk(part))])

describe('what the API answers passes as it is', () => {
  test('status, headers, url and clones', async () => {
    const upstream = await startRawUpstream(({ socket }) => {
      socket.write(Buffer.concat([streamOf(events.join('')), Buffer.from(LAST_CHUNK)]))
    })
    const response = await testFetch().fetch(`${upstream.url}${target}?a=1`, STREAMING)
    expect(response).toMatchObject({ ok: true, status: 200, statusText: 'OK', redirected: false, type: 'basic' })
    expect(response.url).toBe(`${upstream.url}${target}?a=1`)
    const { url } = response.clone().clone()
    expect(url).toBe(response.url)
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'cache-control': 'no-store', 'x-odd': '1, 2' })
    expect(response.headers.get('x-accel-buffering')).toBeNull()
    expect(await response.text()).toBe(events.join(''))
  })

  test.each([
    ['400 Bad Request', '{"error":{"message":"no"}}', 'application/json'],
    ['401 Unauthorized', '{"object":"error","message":"bare"}', 'application/json'],
    ['404 Not Found', '<html>', 'text/html'],
    ['500 Internal Server Error', '', 'text/plain'],
    ['429 Too Many Requests', ERROR, 'application/json'],
  ])('%s', async (status, body, type) => {
    const upstream = await startRawUpstream(
      ({ socket }) => void socket.write(answerWith(status, body, type, 'retry-after: 7\r\n')),
    )
    const response = await testFetch().fetch(upstream.url + target, STREAMING)
    expect(`${response.status} ${response.statusText}`).toBe(status)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.headers.get('content-type')).toBe(type)
    expect(await response.text()).toBe(body)
    expect(upstream.requests).toHaveLength(1)
  })

  test('a 529, after one more try', async () => {
    const upstream = await startRawUpstream(({ socket }) => void socket.write(answerWith('529 Site Overloaded', ERROR)))
    const { fetch, calls } = testFetch()
    const response = await fetch(upstream.url + target, STREAMING)
    expect([response.status, await response.text()]).toEqual([529, ERROR])
    expect(calls).toEqual(['retry 2 529'])
  })

  test('an error event behind the opening, after one more try, as a stream that ends cleanly', async () => {
    const text = `${events.slice(0, opening).join('')}event: error\ndata: ${ERROR}\n\n`
    const upstream = await startRawUpstream(({ socket }) => {
      socket.write(Buffer.concat([streamOf(text), Buffer.from(LAST_CHUNK)]))
    })
    const { fetch } = testFetch()
    const response = await fetch(upstream.url + target, STREAMING)
    expect(response.status).toBe(200)
    expect(await readAll(response.body)).toEqual({ text, error: undefined })
    expect(upstream.requests).toHaveLength(2)
  })

  test('an error event in the middle, and nothing behind it', async () => {
    const text = `${events.slice(0, midText).join('')}event: error\ndata: ${ERROR}\n\n`
    const upstream = await startRawUpstream(({ socket }) => void socket.write(streamOf(text)))
    const { fetch, record } = testFetch()
    expect(await readAll((await fetch(upstream.url + target, STREAMING)).body)).toEqual({ text, error: undefined })
    expect(await record).toMatchObject({ ending: 'error', upstreamError: 'overloaded_error' })
  })

  test('a redirect is followed, or not, as the caller wants it', async () => {
    const upstream = await startRawUpstream(({ socket, head }) => {
      const isMoved = head.startsWith('GET /old ')
      socket.write(
        isMoved ? answerWith('302 Found', '', 'text/plain', 'location: /new\r\n') : answerWith('200 OK', '{}'),
      )
    })
    const { fetch } = testFetch()
    const followed = await fetch(`${upstream.url}/old`)
    expect(followed).toMatchObject({ status: 200, redirected: true, url: `${upstream.url}/new` })
    expect(await fetch(`${upstream.url}/old`, { redirect: 'manual' })).toMatchObject({ status: 302, redirected: false })
    await expect(fetch(`${upstream.url}/old`, { redirect: 'error' })).rejects.toThrow()
  })

  test('statuses without a body, and HEAD', async () => {
    const upstream = await startRawUpstream(({ socket, head }) => {
      const length = head.startsWith('HEAD') ? '\r\ncontent-length: 5' : ''
      socket.write(`HTTP/1.1 ${head.startsWith('HEAD') ? '200 OK' : '204 No Content'}${length}\r\n\r\n`)
    })
    const { fetch } = testFetch()
    expect(await fetch(upstream.url)).toMatchObject({ status: 204, body: null })
    const head = await fetch(upstream.url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', ''])
  })
})

describe('answers that are no stream of a known API', () => {
  test('pass as they come, and a cut is an error behind what came', async () => {
    const read = barrier()
    const upstream = await startRawUpstream(async ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 8\r\n\r\nfour')
      await read.opened
      socket.resetAndDestroy()
    })
    const { fetch, record } = testFetch()
    const response = await fetch(`${upstream.url}/v1/audio`)
    const { text, error } = await readAll(response.body, read.open)
    expect(text).toBe('four')
    expect(error).toMatchObject({ kind: 'body-reset', receivedBytes: 4 })
    expect(await record).toMatchObject({ ending: 'thrown', dialect: 'opaque' })
  })

  test('an unknown event stream is not held, and its clean end is an end', async () => {
    const upstream = await startRawUpstream(({ socket }) => {
      socket.write(Buffer.concat([streamOf('data: 1\n\n', 'data: 2'), Buffer.from(LAST_CHUNK)]))
    })
    const response = await testFetch().fetch(`${upstream.url}/events`)
    expect(await readAll(response.body)).toEqual({ text: 'data: 1\n\ndata: 2', error: undefined })
  })

  test('a JSON answer that is cut is asked for again', async () => {
    const whole = answerWith('200 OK', '{"id":"msg_1"}')
    const upstream = await startRawUpstream(({ socket, count }) => {
      if (count === 1) socket.end(whole.slice(0, -14))
      else socket.write(whole)
    })
    const { fetch } = testFetch()
    const body = ANTHROPIC.body.replace('"stream":true,', '')
    expect(await (await fetch(upstream.url + target, { ...STREAMING, body })).json()).toEqual({ id: 'msg_1' })
    expect(upstream.requests).toHaveLength(2)
  })

  test('a JSON answer that is cut for good rejects; an error keeps its status, and its body fails', async () => {
    const upstream = await startRawUpstream(({ socket, head }) => {
      socket.end(answerWith(head.includes('/denied') ? '401 Unauthorized' : '200 OK', '{"id":"msg_1"}').slice(0, -3))
    })
    const { fetch } = testFetch()
    await expect(fetch(`${upstream.url}/v1/models`)).rejects.toMatchObject({ kind: 'body-reset', status: 200 })
    const denied = await fetch(`${upstream.url}/denied`)
    expect(denied.status).toBe(401)
    expect(await readAll(denied.body)).toMatchObject({ text: '{"id":"msg_', error: { kind: 'body-reset' } })
  })

  test('what is no HTTP is none of ours', async () => {
    expect(await (await testFetch().fetch('data:text/plain,hello')).text()).toBe('hello')
  })
})

describe("the caller's abort is the caller's", () => {
  const reason = new Error('the user pressed stop')

  test('before the call, nothing is sent', async () => {
    const upstream = await startRawUpstream(() => undefined)
    const { fetch } = testFetch()
    const signal = AbortSignal.abort(reason)
    await expect(fetch(upstream.url + target, { ...STREAMING, signal })).rejects.toBe(reason)
    expect(upstream.requests).toHaveLength(0)
  })

  test('before the head, and the API is let go at once', async () => {
    const controller = new AbortController()
    const upstream = await startRawUpstream(() => controller.abort(reason))
    const { fetch, record } = testFetch()
    await expect(fetch(upstream.url + target, { ...STREAMING, signal: controller.signal })).rejects.toBe(reason)
    await (
      await upstream.request(1)
    ).closed
    expect(await record).toMatchObject({ ending: 'client-gone', clientGone: true })
  })

  test('between two attempts', async () => {
    const controller = new AbortController()
    const upstream = await startRawUpstream(({ socket }) => void socket.resetAndDestroy())
    const { fetch } = testFetch({ retryBackoffMs: 5_000, onRetry: () => controller.abort(reason) })
    await expect(fetch(upstream.url + target, { ...STREAMING, signal: controller.signal })).rejects.toBe(reason)
    expect(upstream.requests).toHaveLength(1)
  })

  test('in the body, by the signal of a Request', async () => {
    const controller = new AbortController()
    const upstream = await startRawUpstream(
      ({ socket }) => void socket.write(streamOf(events.slice(0, midText).join(''))),
    )
    const { fetch } = testFetch()
    const request = new Request(upstream.url + target, { ...STREAMING, signal: controller.signal })
    const response = await fetch(request)
    const { text, error } = await readAll(response.body, () => controller.abort(reason))
    expect(text).toContain('Half')
    expect(error).toBe(reason)
    await (
      await upstream.request(1)
    ).closed
  })

  test('after the end of the exchange, while the caller has not read everything', async () => {
    const controller = new AbortController()
    const upstream = await startRawUpstream(({ socket }) => {
      socket.write(Buffer.concat([streamOf(events.join('')), Buffer.from(LAST_CHUNK)]))
    })
    const { fetch, record } = testFetch()
    const response = await fetch(upstream.url + target, { ...STREAMING, signal: controller.signal })
    expect(await record).toMatchObject({ ending: 'completed' })
    controller.abort(reason)
    expect(await readAll(response.body)).toEqual({ text: '', error: reason })
  })

  test('by leaving the body', async () => {
    const upstream = await startRawUpstream(
      ({ socket }) => void socket.write(streamOf(events.slice(0, midText).join(''))),
    )
    const { fetch, record } = testFetch()
    const response = await fetch(upstream.url + target, STREAMING)
    for await (const _ of response.body ?? []) break
    await (
      await upstream.request(1)
    ).closed
    expect(await record).toMatchObject({ ending: 'client-gone' })
  })

  test('of a timeout is a TimeoutError', async () => {
    const upstream = await startRawUpstream(() => undefined)
    const signal = AbortSignal.timeout(50)
    await expect(testFetch().fetch(upstream.url + target, { ...STREAMING, signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })
})

test('a caller that reads nothing is not read for, however much the API sends', async () => {
  let sent = 0
  const upstream = await startRawUpstream(({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n')
    const piece = chunk(Buffer.alloc(64 * 1024))
    const send = (): void => {
      while (sent < 1_000) {
        sent++
        if (!socket.write(piece)) return void socket.once('drain', send)
      }
      socket.end(LAST_CHUNK)
    }
    send()
  })
  const { fetch } = testFetch({ stallWarnMs: 100 })
  const response = await fetch(`${upstream.url}/audio`)
  const { socket } = await upstream.request(1)
  const before = await settledBytes(() => socket.bytesWritten)
  expect(before).toBeLessThan(24 * 1024 * 1024)
  let read = 0
  for await (const bytes of response.body ?? []) read += bytes.byteLength
  expect(read).toBe(64 * 1024 * 1_000)
})

/** What a count comes to rest at: that nobody takes any more has no event, so a while without a change has to do. */
async function settledBytes(count: () => number): Promise<number> {
  for (;;) {
    const before = count()
    await new Promise((resolve) => setTimeout(resolve, 200))
    if (before > 0 && before === count()) return before
  }
}

describe('options', () => {
  test.each([
    [{ idelTimeoutMs: 1 }, 'Cannot use idelTimeoutMs: there is no such option'],
    [{ heartbeatMs: 1 }, 'Cannot use heartbeatMs: there is no such option'],
    [{ idleTimeoutMs: 0 }, 'Cannot use idleTimeoutMs: must be a number of milliseconds from 1 to 2147483647, got 0'],
    [{ retry: 'always' }, /^Cannot use retry: must be one of never, .*, got "always"$/],
    [{ onStall: 'log' }, 'Cannot use onStall: must be a function, got "log"'],
    [{ fetch: {} }, /^Cannot use fetch: must be a function/],
  ])('%j', (options, message) => {
    expect(() => createResilientFetch(options as never)).toThrow(message)
  })

  test('a wrong call is what it is for fetch', async () => {
    const { fetch } = testFetch()
    await expect(fetch('http://api.invalid/', { method: 'TRACE' })).rejects.toThrow(TypeError)
    const error: unknown = await fetch('not a url').catch((thrown: unknown) => thrown)
    expect(StreamInterruptedError.isInstance(error)).toBe(false)
  })
})
