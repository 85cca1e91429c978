import { expect, test } from 'vitest'
import { Exchange } from '../src/exchange.ts'
import { PROCESS_MEMORY } from '../src/memory-budget.ts'
import { resolveExchangeOptions } from '../src/options.ts'
import { Bench, FAILURES } from './bench.ts'
import { ANTHROPIC, DELTA, SSE, START, textOf } from './streams.ts'

test('the record of a healthy exchange holds its times, sizes and ids, and nothing of what was said', () => {
  const headers = ['x-client-request-id', 'client-1', 'x-api-key', 'sk-secret']
  const bench = new Bench({ retry: 'replayable' }, { request: { headers, target: '/v1/messages?key=secret' } })
  bench.exchange.requestChunk(40)
  bench.exchange.requestChunk(2)
  bench.exchange.requestChunk(0)
  bench.pass(5).start({ ...ANTHROPIC.facts, model: 'claude' })
  bench.exchange.upstreamConnected(true)
  bench.pass(100).answer(200, [...SSE, 'cf-ray', 'ray-1', 'x-request-id', 'x-1'])
  bench
    .pass(30)
    .chunk(...ANTHROPIC.opening)
    .pass(20)
    .chunk(DELTA)
    .pass(45)
    .chunk(DELTA, DELTA, ...ANTHROPIC.finish)
  bench.pass(7).finished().endBody()
  expect(bench.record).toEqual({
    version: 1,
    id: expect.stringMatching(/^req_stopbit_[0-9a-f]{32}$/),
    requestId: 'req_upstream',
    clientRequestId: 'client-1',
    xRequestId: 'x-1',
    cfRay: 'ray-1',
    dialect: 'anthropic-messages',
    method: 'POST',
    path: '/v1/messages',
    model: 'claude',
    stream: true,
    sse: true,
    status: 200,
    upstreamStatus: 200,
    ending: 'completed',
    attempts: [{ startedMs: 5, reused: true, status: 200 }],
    startedAt: expect.any(Number),
    headersMs: 105,
    firstByteMs: 135,
    firstDataMs: 155,
    firstSentMs: 155,
    durationMs: 207,
    longestSilenceMs: 45,
    stalls: 0,
    requestBytes: 42,
    upstreamBytes: textOf(ANTHROPIC).length,
    downstreamBytes: textOf(ANTHROPIC).length,
    events: 9,
    sentEvents: 9,
    heartbeats: 0,
    droppedBytes: 0,
    clientGone: false,
    clientStalled: false,
  })
})

test('each attempt is recorded with its times, its status or fault, and why another one followed', () => {
  const bench = new Bench({ retry: 'replayable' }).start(ANTHROPIC.facts)
  bench.pass(10).fail(FAILURES.refused).pass(1_500)
  bench.exchange.upstreamConnected(false)
  bench.pass(20).answer(200, ['content-type', 'text/event-stream']).pass(30).chunk(START).pass(40).fail()
  bench.pass(3_000).pass(50).whole(ANTHROPIC).finished()
  expect(bench.record?.attempts).toMatchObject([
    { startedMs: 0, fault: { kind: 'refused', code: 'ECONNREFUSED' }, retry: 'unsent', retryDelayMs: 1_500 },
    {
      startedMs: 1_510,
      reused: false,
      status: 200,
      fault: { kind: 'body-reset' },
      retry: 'replay',
      retryDelayMs: 3_000,
    },
    { startedMs: 4_600, status: 200 },
  ])
  expect(bench.record?.attempts[2]).not.toHaveProperty('fault')
  expect(bench.record).toMatchObject({ headersMs: 4_650, firstByteMs: 4_650, firstDataMs: 4_650, ending: 'completed' })
  expect(bench.record?.upstreamBytes).toBe(textOf(ANTHROPIC).length + START.length)
})

test('the time between two attempts is no silence of the upstream', () => {
  const bench = new Bench({ retry: 'replayable' }).start(ANTHROPIC.facts).answer(503, []).pass(1_500)
  bench.pass(2_000).fail(FAILURES.refused).pass(10_000).fail(FAILURES.refused).finished()
  expect(bench.record).toMatchObject({ longestSilenceMs: 0, attempts: [{ status: 503 }, {}, {}] })
})

test('of an exchange that got no answer says so by what is missing', () => {
  const bench = new Bench({ retry: 'never' }).start().fail(FAILURES.refused).finished()
  for (const field of ['upstreamStatus', 'headersMs', 'firstByteMs', 'firstDataMs', 'sse', 'requestId', 'drained']) {
    expect(bench.record).not.toHaveProperty(field)
  }
})

test('a transport that does not know whether its connection was used before leaves that out', () => {
  const bench = new Bench().start()
  bench.exchange.upstreamConnected(undefined)
  expect(bench.answer(400, []).endBody().finished().record?.attempts[0]).not.toHaveProperty('reused')
})

test('ids that do not look like ids are not recorded', () => {
  const bench = new Bench({}, { request: { headers: ['x-client-request-id', 'a b'] } }).start()
  bench.answer(200, [...SSE, 'cf-ray', 'x'.repeat(201), 'x-request-id', '<script>']).chunk(START)
  bench.exchange.downstreamGone()
  expect(bench.record).not.toHaveProperty('clientRequestId')
  expect(bench.record).not.toHaveProperty('cfRay')
  expect(bench.record).not.toHaveProperty('xRequestId')
})

test.each([
  ['ECONNREFUSED', FAILURES.refused, 502, 'refused'],
  ['ENOTFOUND', FAILURES.dns, 502, 'dns'],
  ['UND_ERR_CONNECT_TIMEOUT', FAILURES.connectTimeout, 504, 'connect-timeout'],
  ['ECONNRESET', FAILURES.closed, 502, 'closed-before-headers'],
] as const)(
  '%s is an envelope without a word of the runtime, which only the record has',
  (code, failure, status, kind) => {
    const bench = new Bench({ retry: 'never' }).start().fail(failure)
    expect(bench.head?.status).toBe(status)
    const written = `${bench.sent} ${bench.head?.headers.join()}`.replaceAll(/req_\w+/g, '') // random digits prove nothing
    expect(written).not.toMatch(/E[A-Z]{4,}|10\.0|443|UND_/)
    expect(bench.finished().record).toMatchObject({ ending: 'error-status', fault: { kind, code } })
  },
)

test('an event that was withheld is not counted as sent', () => {
  const nameless = 'data: {"type":"error","error":{"type":"api_error","message":"No"}}\n\n'
  const bench = new Bench().streaming(START, DELTA, nameless)
  expect(bench.sent).toMatch(/event: error\n/)
  expect(bench.finished().endBody().record).toMatchObject({ events: 3, sentEvents: 2, upstreamError: 'api_error' })
})

test('an exchange that is given nothing but what it needs uses the memory of the process and a budget of its own', () => {
  const bench = new Bench()
  const exchange = new Exchange({
    request: { method: 'POST', target: '/v1/messages', headers: [] },
    options: resolveExchangeOptions(),
    sink: bench,
    clock: { now: () => bench.now },
  })
  exchange.requestChunk(10)
  expect(PROCESS_MEMORY.heldBytes).toBe(10)
  exchange.downstreamGone()
  expect(PROCESS_MEMORY.heldBytes).toBe(0)
})

test('a sink that throws does not lock the machine', () => {
  const bench = new Bench().start()
  bench.answerAtOnce = (call) => {
    if (call === 'head 200') throw new Error('no more sockets')
  }
  bench.answer(200).chunk(START, DELTA)
  bench.exchange.downstreamGone()
  expect(bench.record).toMatchObject({ fault: { kind: 'internal' } })
})
