import { PROCESS_MEMORY } from '@stopbit/exchange'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { barrier, testFetch } from './caller.ts'
import { answerWith, startRawUpstream, type RawUpstream } from './raw-upstream.ts'
import { ANTHROPIC } from './streams.ts'

const JSON_BODY = ANTHROPIC.body.replace('"stream":true,', '')
const bytes = new TextEncoder().encode(JSON_BODY)

/** Loses the first connection, so that a body that is kept is seen twice. */
const forgetful = (): Promise<RawUpstream> =>
  startRawUpstream(({ socket, count }) => {
    if (count === 1) socket.resetAndDestroy()
    else socket.write(answerWith('200 OK', '{"id":"msg_1"}'))
  })

describe('a body that is kept is sent again', () => {
  test.each([
    ['a string', () => JSON_BODY],
    ['a Uint8Array', () => bytes.slice()],
    ['a view', () => new DataView(bytes.slice().buffer)],
    ['an ArrayBuffer', () => bytes.slice().buffer],
    ['a Blob', () => new Blob([bytes])],
  ])('%s', async (_name, make) => {
    const upstream = await forgetful()
    const { fetch, calls } = testFetch()
    const response = await fetch(upstream.url + ANTHROPIC.target, { method: 'POST', body: make() })
    expect(await response.json()).toEqual({ id: 'msg_1' })
    expect(calls).toEqual(['retry 2 closed-before-headers'])
    expect(upstream.requests.map(({ body }) => body)).toEqual([JSON_BODY, JSON_BODY])
    expect(upstream.requests[1]?.head).toMatch(new RegExp(`content-length: ${bytes.byteLength}`, 'i'))
  })

  test('a Request, whose fields hold', async () => {
    const upstream = await forgetful()
    const init = { method: 'POST', body: JSON_BODY, headers: { 'x-stopbit-token': 'a', 'x-api-key': 'sk' } }
    const request = new Request(upstream.url + ANTHROPIC.target, init)
    expect((await testFetch().fetch(request)).status).toBe(200)
    expect(request.bodyUsed).toBe(true)
    expect(upstream.requests[1]?.head).toMatch(/x-stopbit-token: a\r\n/i)
    expect(upstream.requests[1]?.head).toMatch(/accept-encoding: identity/i)
    expect(upstream.requests[1]?.head).not.toMatch(/gzip/i)
  })
})

test('a form is sent with its boundary, and a search as what it is', async () => {
  const upstream = await startRawUpstream(({ socket }) => void socket.write(answerWith('200 OK', '{}')))
  const { fetch } = testFetch()
  const form = new FormData()
  form.set('file', new Blob(['content']), 'a.txt')
  await fetch(`${upstream.url}/v1/files`, { method: 'POST', body: form })
  await fetch(`${upstream.url}/v1/files`, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) })
  const [first, second] = upstream.requests
  const boundary = /boundary=(\S+)/.exec(first?.head ?? '')?.[1] ?? 'none'
  expect(first?.body).toContain(`--${boundary}\r\n`)
  expect(first?.body).toContain('content')
  expect(second?.body).toBe('a=b+c')
  expect(second?.head).toMatch(/content-type: application\/x-www-form-urlencoded/i)
})

describe('a body that is streamed', () => {
  test('goes out as it comes, and is not sent again', async () => {
    const upstream = await startRawUpstream(({ socket }) => void socket.resetAndDestroy())
    const body = new Blob([bytes]).stream()
    const { fetch } = testFetch()
    const call = fetch(upstream.url + ANTHROPIC.target, { method: 'POST', body, duplex: 'half' } as RequestInit)
    await expect(call).rejects.toMatchObject({ kind: 'closed-before-headers' })
    expect(upstream.requests.map((request) => request.body)).toEqual([JSON_BODY])
  })

  test('is one that is too large to be kept', async () => {
    const upstream = await startRawUpstream(({ socket, count }) => {
      if (count > 2) socket.write(answerWith('200 OK', '{}'))
      else socket.resetAndDestroy()
    })
    const { fetch, calls } = testFetch({ maxReplayBytes: 10 })
    const url = upstream.url + ANTHROPIC.target
    await expect(fetch(url, { method: 'POST', body: JSON_BODY })).rejects.toThrow()
    await expect(fetch(url, { method: 'POST', body: new Blob([bytes]) })).rejects.toThrow()
    expect((await fetch(url, { method: 'POST', body: new Blob([bytes]) })).status).toBe(200)
    expect(calls).toEqual([])
    expect(upstream.requests.map((request) => request.body)).toEqual([JSON_BODY, JSON_BODY, JSON_BODY])
  })

  test('and fails by itself rejects with its own error', async () => {
    const upstream = await startRawUpstream(() => undefined)
    const reason = new Error('the disk is gone')
    const started = barrier()
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(new Uint8Array(4))
        started.open()
        await new Promise((resolve) => setImmediate(resolve))
        controller.error(reason)
      },
    })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    await expect(testFetch().fetch(upstream.url + ANTHROPIC.target, init)).rejects.toBe(reason)
    await started.opened
  })

  test('and stalls is given up', async () => {
    const upstream = await startRawUpstream(() => undefined)
    const cancelled = barrier()
    const body = new ReadableStream({ cancel: cancelled.open })
    const { fetch } = testFetch({ uploadStallMs: 50 })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    await expect(fetch(upstream.url + ANTHROPIC.target, init)).rejects.toMatchObject({
      kind: 'upload-broken',
      message: 'The request could not be sent to its end. Try again.',
    })
    await cancelled.opened
  })

  test('in a Request that stalls before it is kept, is given up, and nothing was sent', async () => {
    const upstream = await startRawUpstream(() => undefined)
    const init = { method: 'POST', body: new ReadableStream(), duplex: 'half' } as RequestInit
    const { fetch } = testFetch({ uploadStallMs: 50 })
    await expect(fetch(new Request(upstream.url + ANTHROPIC.target, init))).rejects.toMatchObject({
      kind: 'upload-broken',
      retrySafety: 'never-sent',
    })
    expect(upstream.requests).toEqual([])
  })
})

test('options of the runtime are handed on to every attempt', async () => {
  const seen: (RequestInit & { dispatcher?: unknown })[] = []
  const { fetch } = testFetch({
    fetch: (_input, init = {}) => {
      seen.push(init)
      if (seen.length > 1) return Promise.resolve(Response.json({}))
      return Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNRESET' }))
    },
  })
  const dispatcher = { dispatch: () => true }
  const init = { method: 'POST', body: JSON_BODY, dispatcher, cache: 'no-store' } as RequestInit
  await fetch(`http://api.invalid${ANTHROPIC.target}`, init)
  expect(seen).toMatchObject([
    { dispatcher, cache: 'no-store', redirect: 'follow' },
    { dispatcher, cache: 'no-store', redirect: 'follow' },
  ])
})

test.each([
  ['a Request', (url: string, init: RequestInit): Parameters<typeof fetch> => [new Request(url, init)]],
  ['the options', (url: string, init: RequestInit): Parameters<typeof fetch> => [url, init]],
])('a body in %s that is a stream of text is refused as fetch would, and spoils no account', async (_name, args) => {
  const upstream = await startRawUpstream(() => undefined)
  const cancelled = barrier()
  const body = new ReadableStream({ start: (controller) => controller.enqueue(JSON_BODY), cancel: cancelled.open })
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit
  await expect(testFetch().fetch(...args(upstream.url + ANTHROPIC.target, init))).rejects.toThrow(TypeError)
  await cancelled.opened
  expect(PROCESS_MEMORY.heldBytes).toBe(0)
})

test('callbacks that throw touch no call, end no process, and are told to the console', async () => {
  const told: unknown[] = []
  const spy = vi.spyOn(console, 'error').mockImplementation((thrown) => void told.push(thrown))
  const note = (): unknown => told.push('uncaught')
  process.on('uncaughtException', note).on('unhandledRejection', note)
  onTestFinished(() => {
    spy.mockRestore()
    process.off('uncaughtException', note).off('unhandledRejection', note)
  })
  const upstream = await forgetful()
  const [fromRetry, fromRecord] = [new Error('from onRetry'), new Error('from onRecord')]
  const { fetch } = testFetch({
    onRetry: () => {
      throw fromRetry
    },
    onRecord: async () => {
      throw fromRecord
    },
  })
  const response = await fetch(upstream.url + ANTHROPIC.target, { method: 'POST', body: JSON_BODY })
  expect(await response.json()).toEqual({ id: 'msg_1' })
  await expect.poll(() => told).toEqual([fromRetry, fromRecord])
})
