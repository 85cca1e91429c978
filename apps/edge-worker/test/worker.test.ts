import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startWorker, type Worker } from './start-worker.ts'

const EVENT =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n'

async function startUpstream(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function startTestWorker(bindings: Readonly<Record<string, string>>): Promise<Worker> {
  const worker = await startWorker(bindings)
  onTestFinished(() => worker.stop())
  return worker
}

function ask({ port }: Worker, headers: Readonly<Record<string, string>>): Promise<Response> {
  const body = '{"stream":true}'
  return fetch(`http://127.0.0.1:${port}/v1/messages`, { method: 'POST', headers, body })
}

test('the worker sends its own key, keeps its token to itself, and ends a cut stream truthfully', async () => {
  const seen = Promise.withResolvers<IncomingMessage['headers']>()
  const url = await startUpstream((request, response) => {
    seen.resolve(request.headers)
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .write(EVENT, () => response.socket?.resetAndDestroy())
  })
  const worker = await startTestWorker({
    STOPBIT_UPSTREAM_URL: url,
    STOPBIT_TOKEN: 't-1',
    STOPBIT_CREDENTIAL: 'sk-own',
  })
  const response = await ask(worker, { 'x-stopbit-token': 't-1', 'x-api-key': 'theirs' })
  const text = await response.text()
  expect(text.startsWith(EVENT)).toBe(true)
  expect(text.slice(EVENT.length)).toMatch(/^event: error\n[^]*\n\n$/)
  const headers = await seen.promise
  expect(headers['x-api-key']).toBe('sk-own')
  expect(JSON.stringify(headers)).not.toMatch(/t-1|theirs/)
  const record = await worker.line((line) => line.includes('"event":"exchange"'))
  expect(JSON.parse(record)).toMatchObject({ event: 'exchange', ending: 'error', fault: { kind: 'body-reset' } })
})

test('a request without the token, or with another one, is a 401 that reaches nobody', async () => {
  let requests = 0
  const url = await startUpstream((_request, response) => {
    requests++
    response.end('{}')
  })
  const worker = await startTestWorker({ STOPBIT_UPSTREAM_URL: url, STOPBIT_TOKEN: 't-1' })
  for (const headers of [{}, { 'x-stopbit-token': 't-2' }, { 'x-stopbit-token': '' }]) {
    const response = await ask(worker, headers)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'authentication_error' } })
  }
  expect(requests).toBe(0)
})

test('limits are read from bindings', async () => {
  const url = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(EVENT)
  })
  const bindings = { STOPBIT_UPSTREAM_URL: url, STOPBIT_TOKEN: 't-1', STOPBIT_IDLE_TIMEOUT_MS: '200' }
  const worker = await startTestWorker(bindings)
  expect(await (await ask(worker, { 'x-stopbit-token': 't-1' })).text()).toContain('event: error\n')
})

test.each([
  [{ STOPBIT_UPSTREAM_URL: 'https://api.example' }, 'STOPBIT_TOKEN'],
  [{ STOPBIT_UPSTREAM_URL: 'api.example', STOPBIT_TOKEN: 't-1' }, 'STOPBIT_UPSTREAM_URL'],
  [{ STOPBIT_UPSTREAM_URL: 'https://api.example', STOPBIT_TOKEN: 't-1', STOPBIT_IDLE_TIMOUT_MS: '1' }, 'idleTimoutMs'],
])('a worker with wrong bindings serves nobody, and says why in its log alone: %o', async (bindings, name) => {
  const worker = await startTestWorker(bindings)
  const response = await ask(worker, { 'x-stopbit-token': 't-1' })
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain(name)
  expect(await worker.line((line) => line.includes('not configured'))).toContain(name)
})

test('the flag that a Worker needs to see a client leave is in its configuration', () => {
  const config = readFileSync(new URL('../wrangler.jsonc', import.meta.url), 'utf8')
  expect(config).toContain('"compatibility_flags": ["enable_request_signal"]')
})
