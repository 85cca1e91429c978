import { describe, expect, test } from 'vitest'
import { Bench, FAILURES } from './bench.ts'
import {
  ANTHROPIC,
  BLOCK,
  BLOCK_STOP,
  DELTA,
  eventsOf,
  PING,
  SSE,
  START,
  STOP,
  STOP_REASON,
  STREAMS,
  textOf,
} from './streams.ts'

const WHOLE = eventsOf(ANTHROPIC)

describe('a healthy stream', () => {
  test.each(STREAMS)('of $name passes byte for byte, and leaves a record of a success', (stream) => {
    const bench = new Bench({}, { request: { target: stream.target } })
    bench.start(stream.facts).whole(stream).finished()
    expect(bench.sent).toBe(textOf(stream))
    expect(bench.record).toMatchObject({
      dialect: stream.name.split(' ')[0],
      ending: 'completed',
      status: 200,
      stream: true,
      sse: true,
      events: eventsOf(stream).length,
      sentEvents: eventsOf(stream).length,
      droppedBytes: 0,
      upstreamBytes: textOf(stream).length,
      downstreamBytes: textOf(stream).length,
    })
    expect(bench.record?.fault).toBeUndefined()
    expect(bench.memory.heldBytes).toBe(0)
  })

  test('ends when its terminal event is through, before the body of the upstream ends', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA, BLOCK_STOP, STOP_REASON, STOP)
    expect(bench.calls).toEqual(['attempt 1', 'head 200', 'resume', 'end'])
    bench.finished().endBody()
    expect(bench.record).toMatchObject({ ending: 'completed', requestId: 'req_upstream' })
    expect(bench.wakeTime).toBe(Infinity)
  })

  test.each(STREAMS)(
    'of $name is sent event by event: the next one is not waited for, from the first model data on',
    (stream) => {
      const bench = new Bench({}, { request: { target: stream.target } })
        .start(stream.facts)
        .answer(200, stream.headers)
      bench.chunk(...stream.opening)
      expect(bench.sent).toBe('')
      let sent = stream.opening.join('')
      for (const event of [...stream.data, ...stream.finish]) {
        bench.chunk(event)
        sent += event
        expect(bench.sent).toBe(sent)
      }
    },
  )

  test.each(STREAMS)('of $name passes the same however its bytes are cut', (stream) => {
    for (const size of [1, 2, 3, 7, 64, 1_000]) {
      const bench = new Bench({}, { request: { target: stream.target } })
        .start(stream.facts)
        .answer(200, stream.headers)
      const bytes = Buffer.from(textOf(stream))
      for (let at = 0; at < bytes.length; at += size) bench.chunk(bytes.subarray(at, at + size).toString())
      if (bench.isUnderWay) bench.endBody()
      expect(bench.sent).toBe(textOf(stream))
      expect(bench.finished().record?.ending).toBe('completed')
    }
  })

  test('swallows a reset after the terminal event', () => {
    const bench = new Bench()
      .streaming(...WHOLE)
      .fail()
      .finished()
    expect(bench.sent.endsWith(STOP)).toBe(true)
    expect(bench.record).toMatchObject({ ending: 'completed' })
    expect(bench.record?.fault).toBeUndefined()
  })

  test('lets an upstream that goes on after its terminal event drain for a second or 64 KiB, and drops that', () => {
    const slow = new Bench().streaming(...WHOLE).finished()
    slow.pass(999)
    expect(slow.record).toBeUndefined()
    slow.pass(1)
    expect(slow.calls.slice(-2)).toEqual(['abort upstream', 'settled'])

    const loud = new Bench().streaming(...WHOLE).finished()
    loud.chunk('x'.repeat(65_536))
    expect(loud.record).toBeUndefined()
    loud.chunk('x')
    expect(loud.record).toMatchObject({ ending: 'completed', droppedBytes: 65_537 })
    expect(loud.calls).toContain('abort upstream')
  })

  test('ignores what comes of an attempt after it is over', () => {
    const bench = new Bench().streaming(...WHOLE).endBody()
    bench.chunk('late').fail(FAILURES.reset).endBody().answer(500)
    expect(bench.finished().record).toMatchObject({ ending: 'completed', droppedBytes: 0 })
    bench.chunk('later').pass(1_000_000).finished()
    bench.exchange.downstreamGone()
    bench.exchange.finish()
    expect(bench.count('settled')).toBe(1)
  })

  test('has headers that keep caches, buffers and compression off, and none of one hop', () => {
    const bench = new Bench().start()
    const hop = ['Connection', 'close, X-Hop', 'x-hop', '1', 'content-length', '5000', 'x-kept', 'a', 'x-kept', 'b']
    bench.answer(200, [...SSE, ...hop]).chunk(START + DELTA)
    const ours = ['cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no']
    expect(bench.head?.headers).toEqual([...SSE, 'x-kept', 'a', 'x-kept', 'b', ...ours])
  })

  test('that is coded is decoded before it is followed, and its head says nothing of a coding', () => {
    const bench = new Bench().start().answer(200, [...SSE, 'Content-Encoding', 'gzip', 'content-length', '9'])
    bench.chunk(...WHOLE)
    expect(bench.calls).toEqual(['attempt 1', 'decode gzip', 'head 200', 'resume', 'end'])
    expect(bench.header('content-encoding')).toBeUndefined()
    expect(bench.sent).toBe(WHOLE.join(''))
  })

  test('that cannot be decoded is a 502, and an undecodable error keeps its status', () => {
    const stream = new Bench().start().answer(200, [...SSE, 'content-encoding', 'compress'])
    expect(stream.head?.status).toBe(502)
    expect(stream.finished().record).toMatchObject({ fault: { kind: 'decode' }, ending: 'error-status' })

    const error = new Bench().start().answer(429, ['content-encoding', 'compress', 'retry-after', '7'])
    expect(error.head?.status).toBe(429)
    expect(error.header('retry-after')).toBe('7')
    expect(error.errorType()).toBe('rate_limit_error')
  })

  test('is taken with a sink that answers every call at once', () => {
    const bench = new Bench()
    bench.answerAtOnce = (call) => {
      if (call === 'attempt 1') {
        bench.exchange.upstreamConnected(true)
        bench
          .answer(200)
          .chunk(...WHOLE)
          .endBody()
      } else if (call === 'head 200') bench.exchange.downstreamDrained()
      else if (call === 'end') bench.finished()
    }
    bench.start()
    expect(bench.sent).toBe(WHOLE.join(''))
    expect(bench.record).toMatchObject({ ending: 'completed', attempts: [{ reused: true, status: 200 }] })
  })

  test('whose client leaves within a write is over, and nothing more is written', () => {
    const bench = new Bench()
    bench.answerAtOnce = (call) => call === 'write' && bench.exchange.downstreamGone()
    bench.streaming(START, BLOCK, DELTA, PING)
    expect(bench.record).toMatchObject({ ending: 'client-gone' })
    expect(bench.sent).toBe(START + BLOCK + DELTA)
  })
})
