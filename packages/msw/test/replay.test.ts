import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Anthropic from '@anthropic-ai/sdk'
import type { Trace } from '@stopbit/traces'
import { listTraces, loadTrace } from '@stopbit/traces/data'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { fidelityOf, replay, replayAll, TRACE_HEADER } from '../src/index.ts'

const url = 'https://api.test'
const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const ask = (path = '/v1/messages', init: RequestInit = {}): Promise<Response> =>
  fetch(`${url}${path}`, { method: 'POST', body: '{}', ...init })

/** A trace whose first connection is cut before the head and whose second answers: `whole` is any healthy trace. */
function cutThenWhole(whole: Trace): Trace {
  const cut = { script: [{ do: 'read-request' }, { do: 'rst', fault: true }] } as const
  return { ...whole, upstream: { connections: [cut, ...whole.upstream.connections] } }
}

test('every trace of the suite is exact, approximated with its differences, or refused with the reason', async () => {
  const counts = { exact: 0, approximated: 0, impossible: 0 }
  for (const { id, permutations } of listTraces()) {
    const trace = await loadTrace(id)
    const fidelity = fidelityOf(trace)
    counts[fidelity.fidelity] += 1
    const make = () => replay(trace, { url, permutation: permutations[0] })
    if (fidelity.fidelity === 'impossible') expect(make, id).toThrow(/^Cannot replay/)
    else expect(make, id).not.toThrow()
    if (fidelity.fidelity === 'approximated') expect(fidelity.differences, id).not.toEqual([])
  }
  expect(counts.impossible).toBe(4)
  expect(counts.exact).toBeGreaterThan(20)
}, 30_000)

test('replay() keeps status, header fields and bytes', async () => {
  server.use(replay(await loadTrace('anthropic/status-429'), { url }))
  const response = await ask()
  expect(response.status).toBe(429)
  expect(response.headers.get('retry-after')).toBe('3600')
  expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } })
})

test('an SDK’s retry meets the next connection of the trace', async () => {
  server.use(replay(cutThenWhole(await loadTrace('anthropic/complete-crlf')), { url, scale: 0 }))
  const sdk = new Anthropic({ apiKey: 'sk-test', baseURL: url, maxRetries: 1, logLevel: 'off' })
  const stream = sdk.messages.stream({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Why?' }] })
  expect((await stream.finalMessage()).stop_reason).toBe('tool_use')
}, 20_000)

test('a request beyond the trace meets a network error, unless the last connection serves all', async () => {
  server.use(replay(await loadTrace('anthropic/complete-crlf'), { url, scale: 0 }))
  expect((await (await ask()).text()).length).toBeGreaterThan(100)
  await expect(ask()).rejects.toThrow('fetch failed')
  server.use(replay(await loadTrace('openai-chat/status-429'), { url }))
  for (let count = 0; count < 3; count += 1) expect((await ask()).status).toBe(429)
})

test('a stall ends when the client leaves, before the head and after it', async () => {
  for (const [id, permutation] of [
    ['anthropic/connect-never-completes', undefined],
    ['anthropic/cut-in-text', 'ending:stall'],
  ] as const) {
    server.use(replay(await loadTrace(id), { url, permutation }))
    const client = new AbortController()
    const read = ask('/v1/messages', { signal: client.signal }).then(async (response) => {
      const reader = response.body?.getReader()
      expect((await reader?.read())?.done).toBe(false)
      client.abort()
      return await reader?.read()
    })
    if (permutation === undefined) client.abort()
    await expect(read, id).rejects.toMatchObject({ name: 'AbortError' })
  }
})

test('no timer outlives the client that it is for', async () => {
  const program = fileURLToPath(import.meta.resolve('./leaving-clients.ts'))
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@stopbit/source', program])
  expect(JSON.parse(stdout)).toEqual({
    'body is cancelled': [1, 0],
    'aborted before the head': [1, 0],
    'aborted in the body': [1, 0],
  })
}, 60_000)

test('a head comes before the body, and where no body comes', async () => {
  for (const permutation of ['ending:stall', 'ending:rst']) {
    server.use(replay(await loadTrace('anthropic/cut-before-first-event'), { url, permutation }))
    const response = await ask()
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    if (permutation === 'ending:stall') await response.body?.cancel()
    else await expect(response.text()).rejects.toThrow('terminated')
  }
})

test('waits are scaled, and 0 leaves them out', async () => {
  const trace = await loadTrace('anthropic/stall-20s-one-chunk-rst')
  const timed = async (scale: number): Promise<number> => {
    server.use(replay(trace, { url, scale, barrierMs: 0 }))
    const startedAt = performance.now()
    await (await ask()).text().catch(() => undefined)
    return performance.now() - startedAt
  }
  await timed(0)
  expect(await timed(0.01)).toBeGreaterThan(190) // 20,063 ms
})

test('replay() leaves other addresses alone, and takes all below its own', async () => {
  const trace = await loadTrace('openai-chat/status-429')
  server.use(http.all('*', () => HttpResponse.text('another')))
  server.use(replay(trace, { url: `${url}/v1` }))
  expect((await ask('/v1/chat/completions?x=1')).status).toBe(429)
  expect((await ask('/v1')).status).toBe(429)
  expect(await (await ask('/v12')).text()).toBe('another')
  server.resetHandlers(replay(trace, { url: /\/chat$/ }))
  expect((await ask('/any/chat')).status).toBe(429)
})

test('wrong options are refused by name', async () => {
  const [cut, plain] = [await loadTrace('anthropic/cut-in-text'), await loadTrace('anthropic/complete-crlf')]
  expect(() => replay(cut, { url })).toThrow(
    'permutation must be one of ending:rst, ending:fin, ending:eof, ending:stall: undefined',
  )
  expect(() => replay(plain, { url, permutation: 'ending:rst' })).toThrow(
    'permutation must be left out: anthropic/complete-crlf has none',
  )
  expect(() => replay(plain, { url, scale: -1 })).toThrow('scale must be a number from 0: -1')
  expect(() => replay(plain, { url, barrierMs: Number.NaN })).toThrow('barrierMs must be a number from 0: NaN')
  for (const wrong of ['api.test', '/x', 'localhost:3000', '']) {
    const message = `url must be a URL with http:// or https://, or an expression: ${wrong}`
    expect(() => replay(plain, { url: wrong }), wrong).toThrow(new RangeError(message))
    expect(() => replayAll({ url: wrong }), wrong).toThrow(new RangeError(message))
  }
})

test('replayAll() finds a trace by the path and by the header, and says what it cannot play', async () => {
  server.use(replayAll({ url, scale: 0 }))
  const read = async (path: string, trace?: string): Promise<string> => {
    const response = await ask(path, { headers: trace === undefined ? {} : { [TRACE_HEADER]: trace } })
    return `${response.status} ${await response.text().catch((error: Error) => error.message)}`
  }
  expect(await read('/anthropic/cut-in-text/ending:rst/v1/messages')).toBe('200 terminated')
  expect(await read('/v1/messages', 'anthropic/cut-in-text/ending:eof')).toMatch(/^200 event: message_start/)
  expect(await read('/v1/chat/completions', 'openai-chat/every-byte-eof/cutAt:1')).toBe('200 d')
  expect(await read('/')).toMatch(/^501 Name a trace/)
  expect(await read('/anthropic/no-such-trace/v1')).toBe('501 Cannot load trace: there is no anthropic/no-such-trace')
  expect(await read('/h2/ping-flood/v1')).toMatch(/^501 Cannot replay h2\/ping-flood/)
})
