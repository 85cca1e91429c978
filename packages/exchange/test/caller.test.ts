import type { Fault } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { Bench, FAILURES } from './bench.ts'
import type { ExchangeSink, RetryNotice } from '../src/sink.ts'
import {
  ANTHROPIC,
  BLOCK,
  DELTA,
  EVENT_STREAMS,
  OVERLOADED,
  PING,
  SSE,
  START,
  STOP,
  STOP_REASON,
  textOf,
} from './streams.ts'

/** A bench whose client is a caller in the same process. */
class CallerBench extends Bench implements ExchangeSink {
  readonly faults: Fault[] = []
  readonly notices: RetryNotice[] = []

  throwFault(fault: Fault): void {
    this.faults.push(fault)
    this.note('throw')
    this.exchange.downstreamFinished()
  }
  retrying(notice: RetryNotice): void {
    this.notices.push(notice)
  }
}

const { facts } = ANTHROPIC
const JSON_TYPE = ['content-type', 'application/json', 'content-length', '9']
const ask = (target = '/v1/messages'): CallerBench =>
  new CallerBench({ heartbeatMs: 'off', retry: 'replayable' }, { request: { target } }).start(facts)

describe('a caller in the same process is told of a fault by an error', () => {
  test('of the call, if nothing came and nothing more can be tried', () => {
    const bench = ask().fail(FAILURES.closed).pass(2_000).fail(FAILURES.closed)
    expect(bench.head).toBeUndefined()
    expect(bench.faults).toMatchObject([{ kind: 'closed-before-headers' }])
    expect(bench.record).toMatchObject({
      ending: 'thrown',
      fault: { kind: 'closed-before-headers' },
      clientGone: false,
    })
    expect(bench.record).not.toHaveProperty('status')
  })

  test.each(EVENT_STREAMS)('of the body, behind all whole events and without a closing: $name', (stream) => {
    const events = [...stream.opening, ...stream.data]
    for (const end of ['fault', 'clean'] as const) {
      const bench = new CallerBench({}, { request: { target: stream.target } }).start(stream.facts)
      bench.answer(200, stream.headers).chunk(...events, 'data: {"open')
      if (end === 'fault') bench.fail()
      else bench.endBody()
      expect(bench.sent).toBe(events.join(''))
      expect(bench.faults).toMatchObject([{ kind: end === 'fault' ? 'body-reset' : 'body-truncated' }])
      expect(bench.record).toMatchObject({ ending: 'thrown', status: 200, sentEvents: events.length })
    }
  })

  test('of the body, behind an event that lacked no more than its last LF', () => {
    const text = `${START}${BLOCK}${DELTA}${PING}`.replaceAll('\n', '\r\n')
    const bench = ask().answer(200).chunk(text.slice(0, -1)).fail()
    expect(bench.sent).toBe(text)
    expect(bench.faults).toHaveLength(1)
  })

  test('of the body, behind opening events that were held when the head went out', () => {
    const bench = ask().answer(200).chunk(START, BLOCK).pass(10_000)
    expect([bench.head?.status, bench.sent]).toEqual([200, ''])
    bench.pass(240_000)
    expect(bench.sent).toBe(START + BLOCK)
    expect(bench.faults).toMatchObject([{ kind: 'body-timeout' }])
  })

  test('of the body of an unknown API, in place of an incomplete end', () => {
    for (const type of ['text/event-stream', 'audio/mpeg']) {
      const bench = ask('/v2/unknown').answer(200, ['content-type', type]).chunk('data: 1\n\n').fail()
      expect(bench.faults).toMatchObject([{ kind: 'body-reset' }])
      expect(bench.calls).toEqual(['attempt 1', 'head 200', 'throw', 'settled'])
    }
  })

  test('of an error whose body is cut: the status is not lost, and what came of the body is not', () => {
    const bench = ask().answer(401, JSON_TYPE).chunk('{"a":').fail()
    expect([bench.head?.status, bench.sent]).toEqual([401, '{"a":'])
    expect(bench.faults).toMatchObject([{ kind: 'body-reset' }])
    const late = ask().answer(200).pass(10_000).fail().pass(2_000).answer(401, JSON_TYPE).chunk('{"a":').fail()
    expect([late.head?.status, late.sent]).toEqual([200, ''])
    expect(late.faults).toMatchObject([{ kind: 'body-reset' }])
  })

  test('of an answer in a coding that nobody knows, an error or not', () => {
    for (const status of [200, 401]) {
      const bench = ask().answer(status, [...JSON_TYPE, 'content-encoding', 'odd'])
      expect(bench.faults).toMatchObject([{ kind: 'decode' }])
    }
  })

  test('of a request that stalls, sent or not', () => {
    const unsent = new CallerBench()
    unsent.exchange.requestAwaited()
    unsent.pass(60_000)
    expect(unsent.faults).toMatchObject([{ kind: 'upload-broken', retrySafety: 'never-sent' }])
    const sent = new CallerBench().start({}, 'streamed')
    sent.exchange.requestAwaited()
    sent.pass(60_000)
    expect(sent.faults).toMatchObject([{ kind: 'upload-broken', retrySafety: 'maybe-processed' }])
  })

  test('of a request that is none of HTTP', () => {
    const bench = new CallerBench({}, { request: { headers: ['upgrade', 'websocket'] } }).start()
    expect(bench.faults).toMatchObject([{ kind: 'internal', retrySafety: 'never-sent' }])
  })
})

describe('what the upstream says passes to a caller as it came', () => {
  test('an error in the first event, after one more try', () => {
    const bench = ask().answer(200).chunk(START, OVERLOADED).pass(2_000)
    bench.answer(200).chunk(START, OVERLOADED)
    expect([bench.head?.status, bench.sent]).toEqual([200, START + OVERLOADED])
    expect(bench.faults).toEqual([])
    expect(bench.finished().pass(1_000).record).toMatchObject({ ending: 'error', upstreamError: 'overloaded_error' })
  })

  test.each([
    ['a page', 404, 'text/html', '<html>'],
    ['a bare error', 400, 'application/json', '{"object":"error","message":"no"}'],
    ['nothing', 500, 'text/plain', ''],
  ])('%s', (_what, status, type, body) => {
    const bench = ask().answer(status, ['content-type', type])
    if (body !== '') bench.chunk(body)
    bench.endBody()
    expect([bench.head?.status, bench.sent]).toEqual([status, body])
    expect(bench.finished().record).toMatchObject({ ending: 'completed' })
  })

  test('a missing sentinel is added all the same: nothing is lost', () => {
    const bench = ask().answer(200).chunk(START, DELTA, STOP_REASON).fail()
    expect(bench.sent).toBe(START + DELTA + STOP_REASON + STOP)
    expect(bench.faults).toEqual([])
    expect(bench.finished().record).toMatchObject({ ending: 'completed-sentinel' })
  })

  test('a healthy stream', () => {
    const bench = ask().whole(ANTHROPIC).finished()
    expect(bench.sent).toBe(textOf(ANTHROPIC))
    expect(bench.faults).toEqual([])
  })
})

describe('retries for a caller', () => {
  test('are told before they are made', () => {
    const bench = ask().fail(FAILURES.refused)
    expect(bench.notices).toMatchObject([{ attempt: 2, delayMs: 1_500, reason: 'unsent', fault: { kind: 'refused' } }])
    bench.pass(1_500).answer(503, JSON_TYPE)
    expect(bench.notices[1]).toEqual({ attempt: 3, delayMs: 3_000, reason: 'replay', status: 503 })
  })

  test('are none for an error that nobody knows', () => {
    expect(ask().fail(FAILURES.unknown).faults).toMatchObject([{ kind: 'closed-before-headers' }])
  })

  test('are made of what a code proves to be unsent, although the transport does not know', () => {
    const { error } = FAILURES.refused
    const bench = ask()
    for (let i = 0; i < 3; i++) bench.fail({ error, facts: { headersReceived: false } }).pass(5_000)
    expect(bench.count('attempt')).toBe(3)
  })

  test('are made of a failure to connect that proves nothing, as of any other lost connection', () => {
    const error = new Error(
      'error sending request for url (http://a/x): client error (Connect): tcp connect error: Connection refused (os error 111)',
    )
    const bench = ask()
    for (let i = 0; i < 3; i++) bench.fail({ error, facts: { headersReceived: false } }).pass(5_000)
    expect(bench.count('attempt')).toBe(2)
    expect(bench.faults).toMatchObject([{ kind: 'refused', retrySafety: 'maybe-processed' }])
  })

  test('go on in the same body, with the head of the first, where that was sent', () => {
    const bench = ask().answer(200, SSE).pass(10_000).chunk(START).fail().pass(2_000)
    bench.whole(ANTHROPIC).finished()
    expect(bench.sent).toBe(textOf(ANTHROPIC))
  })
})
