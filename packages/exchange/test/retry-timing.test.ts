import { describe, expect, test } from 'vitest'
import { Bench, FAILURES, type BenchSetup } from './bench.ts'
import type { ExchangeOptions } from '../src/options.ts'
import type { RetryPolicy } from '../src/retry-policy.ts'
import { ANTHROPIC, OVERLOADED, PING, START, textOf } from './streams.ts'

const JSON_TYPE = ['content-type', 'application/json']
const { facts } = ANTHROPIC

function asked(retry: RetryPolicy, setup: BenchSetup = {}, options: ExchangeOptions = {}): Bench {
  return new Bench({ retry, ...options }, setup).start(facts)
}

describe('when it is sent again', () => {
  test('a stale one is sent at once, on a fresh connection; any other after a back-off, on any', () => {
    const stale = asked('stale-once').fail(FAILURES.stale)
    expect(stale.attemptTimes).toEqual([1_000, 1_000])
    expect(stale.requests.map(({ connection }) => connection)).toEqual(['any', 'fresh'])
    const refused = asked('stale-once').fail(FAILURES.refused).pass(5_000)
    expect(refused.requests.map(({ connection }) => connection)).toEqual(['any', 'any'])
  })

  test.each([
    [0, 1_000, 2_000],
    [0.5, 1_500, 3_000],
    [0.999, 1_999, 3_998],
  ])('the gaps grow, with equal jitter: %d', (chance, first, second) => {
    const bench = asked('unsent', { random: () => chance })
    bench.fail(FAILURES.refused).pass(first - 1)
    expect(bench.count('attempt')).toBe(1)
    bench
      .pass(1)
      .fail(FAILURES.refused)
      .pass(second - 1)
    expect(bench.count('attempt')).toBe(2)
    bench.pass(1).fail(FAILURES.refused)
    expect(bench.attemptTimes).toEqual([1_000, 1_000 + first, 1_000 + first + second])
    expect(bench.finished().record?.attempts).toMatchObject([{ retryDelayMs: first }, { retryDelayMs: second }, {}])
  })

  test('retryBackoffMs is the first gap, before its jitter', () => {
    const bench = asked('unsent', {}, { retryBackoffMs: 100 })
      .fail(FAILURES.refused)
      .pass(150)
      .fail(FAILURES.refused)
      .pass(300)
    expect(bench.attemptTimes).toEqual([1_000, 1_150, 1_450])
  })

  test.each([
    ['seconds', '10', undefined],
    ['a date, by the clock of the one who wrote it', 'Wed, 21 Oct 2026 07:28:10 GMT', 'Wed, 21 Oct 2026 07:28:00 GMT'],
  ])('a retry-after in %s within the window is slept on', (_, value, date) => {
    const headers = [...JSON_TYPE, 'Retry-After', value, ...(date === undefined ? [] : ['Date', date])]
    const bench = asked('replayable').answer(503, headers).pass(9_999)
    expect(bench.count('attempt')).toBe(1)
    expect(bench.pass(1).count('attempt')).toBe(2)
  })

  test.each(['1', '', 'soon', '-5', 'Wed, 21 Oct 2015 07:28:00 GMT'])(
    'a retry-after of %j does not shorten the back-off',
    (value) => {
      const bench = asked('replayable')
        .answer(503, [...JSON_TYPE, 'retry-after', value])
        .pass(1_499)
      expect(bench.count('attempt')).toBe(1)
      expect(bench.pass(1).count('attempt')).toBe(2)
    },
  )

  test.each(['21', 'Wed, 21 Oct 2099 07:28:00 GMT'])(
    'a retry-after of %j, beyond the window, passes unchanged, at once',
    (value) => {
      const bench = asked('replayable')
        .answer(503, [...JSON_TYPE, 'retry-after', value])
        .chunk('{"error":{}}')
        .endBody()
      expect(bench.attemptTimes).toHaveLength(1)
      expect(bench.head?.status).toBe(503)
      expect(bench.header('retry-after')).toBe(value)
      expect(bench.sent).toBe('{"error":{}}')
    },
  )

  test('retryWindowMs runs from the first failure and bounds the start of the last attempt', () => {
    const bench = asked('unsent', {}, { retryWindowMs: 4_000 }).pass(100_000).fail(FAILURES.refused).pass(1_500)
    expect(bench.fail(FAILURES.refused).head?.status).toBe(502) // 1.5 s are gone, and 3 s would be needed
    const slow = asked('unsent', {}, { retryWindowMs: 4_000 })
      .fail(FAILURES.refused)
      .pass(4_001)
      .fail(FAILURES.connectTimeout)
    expect(slow.head?.status).toBe(504)
  })

  test('nothing is sent again that would come after the headers limit', () => {
    const bench = asked('unsent', {}, { headersTimeoutMs: 5_000 }).pass(4_000).fail(FAILURES.refused)
    expect(bench.head?.status).toBe(502)
  })

  test('an upstream that fails each time is asked at most 3 times, and at most 2 of these are fully sent', () => {
    const mixed = asked('replayable').fail(FAILURES.refused).pass(5_000).fail(FAILURES.closed).pass(5_000)
    expect(mixed.count('attempt')).toBe(3)
    expect(mixed.fail(FAILURES.refused).head?.status).toBe(502)
    const sent = asked('replayable')
      .fail(FAILURES.closed)
      .pass(5_000)
      .fail(FAILURES.refused)
      .pass(5_000)
      .fail(FAILURES.closed)
    expect(sent.count('attempt')).toBe(3)
    const stale = asked('replayable').fail(FAILURES.stale).fail(FAILURES.closed)
    expect(stale.count('attempt')).toBe(2)
    expect(stale.head?.status).toBe(502)
  })

  test('a stale connection is no excuse twice', () => {
    const bench = asked('stale-once').fail(FAILURES.stale).fail(FAILURES.stale)
    expect(bench.head?.status).toBe(502)
    expect(bench.finished().record?.attempts).toMatchObject([
      { retry: 'stale', retryDelayMs: 0 },
      { fault: { kind: 'reused-closed' } },
    ])
  })
})

describe('what was promised before it is sent again', () => {
  const options = { commitAfterMs: 1_000, heartbeatMs: 700, retry: 'replayable' } as const

  test('the opening of the failed attempt is dropped, and one head only is ever sent', () => {
    const bench = new Bench(options).start(facts).answer(200).chunk(START, PING).pass(1_000).fail().pass(1_500)
    expect(bench.count('attempt')).toBe(2)
    bench.whole(ANTHROPIC).finished()
    expect(bench.count('head')).toBe(1)
    expect(bench.sent.replaceAll(': stopbit\n\n', '')).toBe(textOf(ANTHROPIC))
  })

  test('comments go on during the back-off', () => {
    const bench = new Bench(options).start(facts).answer(200).chunk(START).pass(1_000).fail()
    const before = bench.sent.length
    bench.pass(1_400)
    expect(bench.sent.slice(before)).toBe(': stopbit\n\n'.repeat(2))
  })

  test('a replay that is refused ends in band, with nothing of the attempt before', () => {
    const bench = new Bench(options).start(facts).answer(200).chunk(START).pass(1_000).fail().pass(1_500)
    bench.fail(FAILURES.refused).pass(5_000).fail(FAILURES.refused).finished()
    expect(bench.count('head')).toBe(1)
    expect(bench.sent.replaceAll(': stopbit\n\n', '')).toMatch(/^event: error\ndata: .*did not accept a connection/)
    expect(bench.record).toMatchObject({
      ending: 'error',
      status: 200,
      fault: { kind: 'refused' },
      events: 0,
      sentEvents: 0,
    })
    expect(bench.record).not.toHaveProperty('upstreamStatus')
    expect(bench.record?.attempts).toMatchObject([
      { status: 200, retry: 'replay' },
      { retry: 'unsent' },
      { fault: { kind: 'refused' } },
    ])
  })

  test.each([
    [
      'a JSON error',
      429,
      JSON_TYPE,
      '{"type":"error","error":{"type":"rate_limit_error","message":"Slow"}}',
      'rate_limit_error',
    ],
    [
      'a second 503',
      503,
      JSON_TYPE,
      '{"type":"error","error":{"type":"overloaded_error","message":"Full"}}',
      'overloaded_error',
    ],
    ['a JSON answer', 200, JSON_TYPE, '{"type":"message"}', 'api_error'],
    ['another type', 200, ['content-type', 'text/plain'], 'Hi', 'api_error'],
  ])('a replay that is answered with %s ends in band', (_, status, headers, body, type) => {
    const bench = new Bench(options)
      .start(facts)
      .answer(200)
      .chunk(START)
      .pass(1_000)
      .fail()
      .pass(1_500)
      .answer(status, headers)
    if (bench.isUnderWay && !bench.hasEnded) bench.chunk(body).endBody()
    expect(bench.count('head')).toBe(1)
    expect(bench.sent.replaceAll(': stopbit\n\n', '').startsWith('event: error\n')).toBe(true)
    expect(bench.sent).not.toContain('message_start')
    expect(/"type":"(\w+_error)"/.exec(bench.sent)?.[1]).toBe(type)
  })

  test('an error as the first event of a replay comes in the stream, and nothing else', () => {
    const bench = new Bench(options)
      .start(facts)
      .answer(200)
      .chunk(START)
      .pass(1_000)
      .fail()
      .pass(1_500)
      .answer(200)
      .chunk(OVERLOADED)
    expect(bench.sent.replaceAll(': stopbit\n\n', '')).toBe(OVERLOADED)
    expect(bench.finished().endBody().record).toMatchObject({
      ending: 'error',
      upstreamError: 'overloaded_error',
      events: 1,
    })
  })

  test('the answer of a replay is not read while the client does not keep up', () => {
    const bench = new Bench(options).start(facts).answer(200).chunk(START).pass(1_000)
    bench.keepsUp = false
    bench.pass(700).fail().pass(1_500)
    expect(bench.count('attempt')).toBe(2)
    expect(bench.answer(200).isPaused).toBe(true)
    bench.keepsUp = true
    bench.exchange.downstreamDrained()
    expect(bench.isPaused).toBe(false)
  })

  test('a client that leaves in a back-off is gone, and nothing is sent again', () => {
    const bench = asked('unsent').fail(FAILURES.refused)
    bench.exchange.downstreamGone()
    expect(bench.pass(100_000).count('attempt')).toBe(1)
    expect(bench.record).toMatchObject({ ending: 'client-gone' })
    const drained = asked('unsent', {}, { onClientGone: 'drain' }).fail(FAILURES.refused)
    drained.exchange.downstreamGone()
    expect(drained.record).toMatchObject({ ending: 'client-gone' })
  })
})
