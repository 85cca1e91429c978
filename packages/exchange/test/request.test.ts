import { describe, expect, test } from 'vitest'
import { Bench, FAILURES } from './bench.ts'
import { ANTHROPIC, eventsOf, OVERLOADED } from './streams.ts'

describe('the request upstream', () => {
  test('has no header of one hop or of ours, and asks for an uncoded body', () => {
    const hop = ['Host', 'localhost:1', 'Connection', 'keep-alive, x-secret', 'X-Secret', '1', 'TE', 'trailers']
    const ours = ['Accept-Encoding', 'gzip', 'X-Stopbit-Token', 't', 'Expect', '100-continue']
    const headers = [...hop, ...ours, 'x-api-key', 'k', 'Last-Event-ID', '7', 'content-length', '3']
    const { requests } = new Bench({}, { request: { headers } }).start()
    expect(requests[0]?.headers).toEqual([
      'x-api-key',
      'k',
      'Last-Event-ID',
      '7',
      'content-length',
      '3',
      'accept-encoding',
      'identity',
    ])
    expect(requests[0]?.connection).toBe('any')
  })

  test.each([
    [
      ['Authorization', 'Bearer k'],
      ['authorization', 'Bearer ours'],
    ],
    [
      ['X-Api-Key', 'k', 'Authorization', 'Bearer k'],
      ['x-api-key', 'ours'],
    ],
    [
      ['x-goog-api-key', 'k'],
      ['x-goog-api-key', 'ours'],
    ],
    [[], ['x-api-key', 'ours']],
  ])('has our own key where the client had put its own: %j', (headers, expected) => {
    const bench = new Bench({}, { request: { headers }, credential: 'ours' }).start({})
    expect(bench.requests[0]?.headers).toEqual(['accept-encoding', 'identity', ...expected])
  })

  test.each([
    ['/../other/v1/messages', '/../other/v1/messages'],
    ['/a/%2e%2E/b', '/a/%2e%2E/b'],
    ['/v1/.', '/v1/.'],
    ['/v1\\..\\x', '/v1\\..\\x'],
    ['/v1/..#x', '/v1/..'],
    ['/v1/..%2f..%2Fadmin', '/v1/..%2f..%2Fadmin'],
    ['/v1/..%5c..%5Cadmin?key=k', '/v1/..%5c..%5Cadmin'],
    ['/v1/..;/admin', '/v1/..;/admin'],
    ['/v1/a;../admin', '/v1/a;../admin'],
    ['http://h/%2e./x', '/x'],
    ['http://u:secret@evil/../x', '/x'],
    ['x:/..%2fadmin', '/..%2fadmin'],
    ['http:\\\\evil\\..\\x', '/x'],
  ])('is refused with 400 for the target %s, which could leave the path of the upstream', (target, path) => {
    const bench = new Bench({}, { request: { target } }).start()
    expect(bench.head?.status).toBe(400)
    expect(bench.requests).toEqual([])
    bench.finished()
    expect(bench.record).toMatchObject({ ending: 'error-status', attempts: [], path })
  })

  test.each([
    ['/v1beta/models/m:generateContent?key=k', '/v1beta/models/m:generateContent'],
    ['/v1/x?key=k&a=%20+b&&KEY=1&k%65y=2&keys=3', '/v1/x?a=%20+b&&KEY=1&keys=3'],
    ['/v1/x?a=b', '/v1/x?a=b'],
    ['/v1/x', '/v1/x'],
  ])("has our own key, and not the client's of the query, for the target %s", (target, path) => {
    const { requests } = new Bench({}, { request: { target }, credential: 'ours' }).start({})
    expect(requests[0]?.path).toBe(path)
    const header = target === path ? ['authorization', 'Bearer ours'] : ['x-goog-api-key', 'ours']
    expect(requests[0]?.headers).toEqual(['accept-encoding', 'identity', ...header])
    expect(new Bench({}, { request: { target } }).start({}).requests[0]?.path).toBe(target)
  })

  test.each([
    ['/v1/messages?a=b', '/base/v1/messages?a=b'],
    ['/v1/..hidden/a.b?c=/../d', '/base/v1/..hidden/a.b?c=/../d'],
    ['http://evil.example/v1/messages?a=b', '/base/v1/messages?a=b'],
    ['http://u:secret@evil.example?a=b#c', '/base/?a=b'],
    ['/v1/messages?a=b#/../c', '/base/v1/messages?a=b'],
    ['/v1/models;a=b/c%2fd', '/base/v1/models;a=b/c%2fd'],
    ['mailto:a@b', '/base/'],
    ['http:/../x', '/base/x'],
    ['http://', '/base/'],
    ['*', '/base/'],
  ])('for the target %s has the path %s', (target, path) => {
    expect(new Bench({}, { request: { target }, basePath: '/base' }).start().requests[0]?.path).toBe(path)
  })

  test('starts once: what is fed to an exchange that has started or ended is ignored', () => {
    const bench = new Bench().start().start()
    expect(bench.count('attempt')).toBe(1)
    bench.streaming().fail().finished().start()
    expect(bench.count('attempt')).toBe(1)
  })
})

describe('the upload', () => {
  test('is a 408 when uploadStallMs pass without a byte of it', () => {
    const bench = new Bench({ uploadStallMs: 1_000 })
    bench.exchange.requestAwaited()
    expect(bench.pass(900).exchange.requestChunk(10)).toBe('keep')
    bench.exchange.requestAwaited()
    expect(bench.pass(999).head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(408)
    expect(bench.finished().record).toMatchObject({
      ending: 'error-status',
      clientStalled: true,
      requestBytes: 10,
      attempts: [],
    })
    expect(bench.memory.heldBytes).toBe(0)
  })

  test('may take as long as it likes while nobody waits for it', () => {
    const bench = new Bench({ uploadStallMs: 1_000 })
    bench.exchange.requestAwaited()
    bench.exchange.requestChunk(10)
    expect(bench.pass(100_000).head).toBeUndefined()
    bench.exchange.requestAwaited()
    bench.start()
    expect(bench.pass(2_000).head).toBeUndefined()
  })

  test('that is passed on as it comes is watched until the upstream answers, and a stall closes the upstream', () => {
    const stalled = new Bench({ uploadStallMs: 1_000 }).start({}, 'streamed')
    stalled.exchange.requestAwaited()
    expect(stalled.pass(1_000).calls).toEqual(['attempt 1', 'abort upstream', 'head 408', 'end'])

    const answered = new Bench({ uploadStallMs: 1_000 }).start({}, 'streamed')
    answered.exchange.requestAwaited()
    answered.answer(400, ['content-type', 'application/json'])
    answered.exchange.requestAwaited()
    expect(answered.pass(5_000).head).toBeUndefined()
    expect(answered.exchange.requestChunk(5)).toBe('stream')
  })

  test('is kept up to maxReplayBytes, and streamed beyond it', () => {
    const bench = new Bench({ maxReplayBytes: 10 })
    expect(bench.exchange.requestChunk(10)).toBe('keep')
    expect(bench.memory.heldBytes).toBe(10)
    expect(bench.exchange.requestChunk(1)).toBe('stream')
    bench.start({}, 'streamed')
    expect(bench.exchange.requestChunk(1)).toBe('stream')
    bench.streaming().fail()
    expect(bench.releasedAt).toBeUndefined() // there was nothing to let go
    bench.exchange.downstreamGone()
    expect(bench.record?.requestBytes).toBe(12)
    expect(bench.exchange.requestChunk(1)).toBe('stream')
  })

  test('that is not over when its answer is closes the upstream, which must not take what it has for the whole', () => {
    const overloaded = (bench: Bench): Bench => bench.chunk(OVERLOADED)
    const answered = (bench: Bench): Bench => bench.chunk(...eventsOf(ANTHROPIC))
    for (const answer of [overloaded, answered]) {
      const bench = new Bench({ maxReplayBytes: 10 })
      bench.exchange.requestChunk(11)
      bench.start({}, 'streamed').answer(200)
      bench.exchange.requestAwaited()
      answer(bench)
      expect(bench.calls.slice(-2)).toEqual(['abort upstream', 'end'])
      expect(bench.finished().record?.attempts).toHaveLength(1)
    }
  })

  test('that is over when its answer is leaves the upstream a second, for the reuse of its connection', () => {
    const bench = new Bench({ maxReplayBytes: 10 })
    bench.exchange.requestChunk(11)
    bench.start({}, 'streamed').answer(200)
    bench.exchange.requestAwaited()
    bench.exchange.requestChunk(0)
    bench.chunk(...eventsOf(ANTHROPIC))
    expect(bench.count('abort upstream')).toBe(0)
    expect(bench.endBody().finished().record?.ending).toBe('completed')
  })

  test('is let go at once when the client leaves', () => {
    const bench = new Bench()
    bench.exchange.requestChunk(10)
    bench.exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'client-gone', attempts: [] })
    expect(bench.memory.heldBytes).toBe(0)
  })
})

describe('poolWait', () => {
  test('is a 529 with a small retry-after when no connection becomes free, and nothing is tried again', () => {
    const bench = new Bench({ retry: 'replayable' }).start(ANTHROPIC.facts)
    bench.exchange.upstreamQueued()
    expect(bench.pass(4_999).head).toBeUndefined()
    bench.pass(1)
    expect(bench.head?.status).toBe(529)
    expect(bench.header('retry-after')).toBe('2')
    expect(bench.calls).toEqual(['attempt 1', 'abort upstream', 'head 529', 'end'])
    expect(bench.finished().record).toMatchObject({ fault: { kind: 'pool-full' } })
  })

  test('stops when the request goes out, or its attempt is over', () => {
    for (const stop of ['connected', 'head', 'fault'] as const) {
      const bench = new Bench().start()
      bench.exchange.upstreamQueued()
      if (stop === 'connected') bench.exchange.upstreamConnected(false)
      else if (stop === 'head') bench.answer(200)
      else bench.fail(FAILURES.refused)
      expect(bench.pass(9_000).head).toBeUndefined()
    }
  })

  test('is not started by an attempt that is over, nor is the record changed by one', () => {
    const bench = new Bench().start().fail(FAILURES.refused)
    bench.exchange.upstreamQueued()
    bench.exchange.upstreamConnected(true)
    bench.exchange.downstreamGone()
    expect(bench.record?.attempts[0]).not.toHaveProperty('reused')
  })
})
