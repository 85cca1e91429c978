import { describe, expect, test } from 'vitest'
import { Bench, FAILURES, type BenchSetup } from './bench.ts'
import type { ExchangeOptions } from '../src/options.ts'
import type { RetryPolicy } from '../src/retry-policy.ts'
import { ANTHROPIC, BLOCK, DELTA, EVENT_STREAMS, OVERLOADED, RESPONSES, SSE, START, textOf } from './streams.ts'

const JSON_TYPE = ['content-type', 'application/json']
const { facts } = ANTHROPIC

function asked(retry: RetryPolicy, setup: BenchSetup = {}, options: ExchangeOptions = {}): Bench {
  return new Bench({ retry, ...options }, setup).start(facts)
}

/** How often the request is sent when it fails like this each time. */
function attemptsOf(retry: RetryPolicy, failure: keyof typeof FAILURES, setup?: BenchSetup): number {
  const bench = asked(retry, setup)
  for (let i = 0; i < 5 && bench.isUnderWay; i++) bench.fail(FAILURES[failure]).pass(5_000)
  expect(bench.head?.status).toBeGreaterThanOrEqual(500)
  return bench.requests.length
}

describe('what is sent again', () => {
  test.each([
    ['refused', { never: 1, unsent: 3, 'stale-once': 3, replayable: 3 }],
    ['dns', { never: 1, unsent: 3, 'stale-once': 3, replayable: 3 }],
    ['connectTimeout', { never: 1, unsent: 3, 'stale-once': 3, replayable: 3 }],
    ['refusedStream', { never: 1, unsent: 2, 'stale-once': 2, replayable: 2 }],
    ['stale', { never: 1, unsent: 1, 'stale-once': 2, replayable: 2 }],
    ['closed', { never: 1, unsent: 1, 'stale-once': 1, replayable: 2 }],
    ['uploadBroken', { never: 1, unsent: 1, 'stale-once': 1, replayable: 3 }],
    ['unknown', { never: 1, unsent: 1, 'stale-once': 1, replayable: 2 }],
    ['untrusted', { never: 1, unsent: 1, 'stale-once': 1, replayable: 1 }],
    ['breakerOpen', { never: 1, unsent: 1, 'stale-once': 1, replayable: 1 }],
  ] as const)('after %s, each time: %j attempts', (failure, expected) => {
    for (const [retry, count] of Object.entries(expected)) expect(attemptsOf(retry as RetryPolicy, failure)).toBe(count)
  })

  test('is nothing but the never-sent for a client that counts its own retries', () => {
    const setup = { request: { headers: ['x-stainless-retry-count', '1'] } }
    expect(attemptsOf('replayable', 'refused', setup)).toBe(3)
    expect(attemptsOf('replayable', 'stale', setup)).toBe(1)
    expect(attemptsOf('replayable', 'closed', setup)).toBe(1)
    const first = { request: { headers: ['x-stainless-retry-count', '0'] } }
    expect(attemptsOf('replayable', 'closed', first)).toBe(2)
  })

  test('is a request without a body as often as any other', () => {
    const bench = new Bench().start({}, 'none')
    for (let i = 0; i < 3; i++) bench.fail(FAILURES.refused).pass(5_000)
    expect(bench.count('attempt')).toBe(3)
    expect(bench.head?.status).toBe(502)
  })

  test('is nothing whose body was not kept', () => {
    const bench = new Bench({ retry: 'replayable' }).start(facts, 'streamed').fail(FAILURES.refused)
    expect(bench.head?.status).toBe(502)
  })

  test.each([
    ['its body is unknown', ANTHROPIC.target, {}],
    ['a server tool may be run', ANTHROPIC.target, { ...facts, usesServerTools: true as const }],
    ['it names a state of the upstream', ANTHROPIC.target, { ...facts, isStateful: true as const }],
    ['a response may be stored', RESPONSES.target, { stream: true, prompt: 'input' as const }],
    ['the API is unknown', '/v2/unknown', facts],
  ])('is no replay if %s', (_, target, its) => {
    const bench = new Bench({ retry: 'replayable' }, { request: { target } }).start(its).fail(FAILURES.closed)
    expect(bench.head?.status).toBe(502)
  })

  test('is no replay of anything but a POST', () => {
    const bench = new Bench({ retry: 'replayable' }, { request: { method: 'GET' } }).start(facts).fail(FAILURES.closed)
    expect(bench.head?.status).toBe(502)
  })

  test.each([502, 503, 504, 529])('is a %i only under replayable', (status) => {
    for (const retry of ['never', 'unsent', 'stale-once'] as const) {
      const bench = asked(retry).answer(status, JSON_TYPE).chunk('{"a":1}').endBody()
      expect(bench.head?.status).toBe(status)
    }
    const bench = asked('replayable').answer(status, JSON_TYPE)
    expect(bench.calls).toEqual(['attempt 1', 'abort upstream'])
    bench.pass(1_500).whole(ANTHROPIC).finished()
    expect(bench.sent).toBe(textOf(ANTHROPIC))
    expect(bench.record?.attempts).toMatchObject([{ status, retry: 'replay', retryDelayMs: 1_500 }, { status: 200 }])
  })

  test.each([400, 408, 429, 500, 501])('is never a %i', (status) => {
    expect(asked('replayable').answer(status, JSON_TYPE).chunk('{"a":1}').endBody().head?.status).toBe(status)
  })

  test('is nothing that the upstream asks not to be: x-should-retry: false', () => {
    const bench = asked('replayable')
      .answer(503, [...JSON_TYPE, 'X-Should-Retry', 'false'])
      .chunk('{"a":1}')
      .endBody()
    expect(bench.head?.status).toBe(503)
    expect(bench.header('x-should-retry')).toBe('false')
    const event = asked('replayable')
      .answer(200, [...SSE, 'x-should-retry', 'false'])
      .chunk(OVERLOADED)
    expect(event.head?.status).toBe(529)
  })

  test("is no error's body that is lost behind its head", () => {
    const bench = asked('replayable').answer(400, JSON_TYPE).fail()
    expect(bench.count('attempt')).toBe(1)
    expect(bench.head?.status).toBe(400)
  })

  test('is no JSON answer of which a part was here', () => {
    expect(asked('replayable').answer(200, JSON_TYPE).chunk('{').fail().head?.status).toBe(502)
    expect(asked('replayable').answer(200, JSON_TYPE).fail().pass(1_500).count('attempt')).toBe(2)
  })

  test('is an overloaded error as the first event, which has the status of its type', () => {
    const bench = asked('replayable').answer(200).chunk(START, OVERLOADED).pass(1_500).whole(ANTHROPIC)
    expect(bench.sent).toBe(textOf(ANTHROPIC))
    const final = asked('replayable')
      .answer(200)
      .chunk(START, OVERLOADED)
      .pass(1_500)
      .answer(200)
      .chunk(START, OVERLOADED)
    expect(final.head?.status).toBe(529)
  })

  test.each(EVENT_STREAMS)('is a $name stream cut in its opening, by a reset or by a clean end', (stream) => {
    for (const cut of ['reset', 'end'] as const) {
      const bench = new Bench({ retry: 'replayable' }, { request: { target: stream.target } }).start(stream.facts)
      bench.answer(200).chunk(...stream.opening)
      if (cut === 'reset') bench.fail()
      else bench.endBody()
      expect(bench.head).toBeUndefined()
      bench.pass(1_500).whole(stream).pass(10_000)
      expect(bench.sent).toBe(textOf(stream))
      expect(bench.finished().record).toMatchObject({ ending: 'completed', events: bench.record?.sentEvents })
      expect(bench.record?.fault).toBeUndefined()
    }
  })

  test('is nothing that was answered and is called unsent by a transport that knows no better', () => {
    const bench = asked('stale-once').answer(200).chunk(START).fail(FAILURES.refused).finished()
    expect(bench.record).toMatchObject({ status: 502, fault: { kind: 'body-reset', retrySafety: 'processed' } })
    const replayed = asked('replayable')
      .answer(200)
      .chunk(START)
      .fail(FAILURES.refused)
      .pass(1_500)
      .fail(FAILURES.refused)
    expect(replayed.count('attempt')).toBe(2)
    expect(replayed.head).toBeUndefined() // the second one was not sent
    replayed.exchange.downstreamGone()
    expect(replayed.record?.attempts).toMatchObject([{ retry: 'replay' }, { retry: 'unsent' }])
  })

  test('is nothing of which model data went out', () => {
    const bench = asked('replayable').answer(200).chunk(START, BLOCK, DELTA).fail().pass(10_000)
    expect(bench.count('attempt')).toBe(1)
    expect(bench.errorType()).toBe('api_error')
  })
})

describe('the kept request is let go', () => {
  test.each([
    ['never', 'attempt 1', 'attempt 1'],
    ['unsent', 'attempt 1', 'head'],
    ['stale-once', 'attempt 1', 'head'],
    ['replayable', 'head 200', 'data'],
  ] as const)('once, under %s as soon as nothing more can be sent: after %s', (retry, call, when) => {
    const bench = asked(retry)
    expect(bench.releasedAt).toBe(when === 'attempt 1' ? call : undefined)
    bench.answer(200).chunk(START)
    expect(bench.releasedAt).toBe(when === 'data' ? undefined : call)
    bench.chunk(BLOCK, DELTA)
    expect(bench.releasedAt).toBeDefined()
  })

  test('with the head of a second sent attempt, and with the third attempt in any case', () => {
    const second = asked('replayable').fail(FAILURES.closed).pass(1_500)
    expect(second.releasedAt).toBeUndefined()
    expect(second.answer(200).releasedAt).toBe('attempt 2')
    const third = asked('replayable').fail(FAILURES.refused).pass(1_500).fail(FAILURES.refused).pass(3_000)
    expect(third.releasedAt).toBe('attempt 3')
  })

  test('never, where there is none', () => {
    const bench = new Bench().start({}, 'none').whole(ANTHROPIC).finished()
    expect(bench.releasedAt).toBeUndefined()
  })
})
