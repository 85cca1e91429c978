import { describe, expect, test } from 'vitest'
import { Bench, FAILURES } from './bench.ts'
import { ANTHROPIC, BLOCK, DELTA, EVENT_STREAMS, SSE, START } from './streams.ts'

describe('earlyCommitMs', () => {
  const early = { earlyCommitMs: 1_000, heartbeatMs: 'off' } as const

  test('sends head and comment of a stream before the upstream answers; the answer then goes on in it', () => {
    const bench = new Bench(early).start().pass(999)
    expect(bench.head).toBeUndefined()
    bench.pass(1)
    expect(bench.head?.status).toBe(200)
    expect(bench.header('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(bench.sent).toBe(': stopbit\n\n')
    bench.answer(200, SSE).chunk(START)
    expect(bench.sent).toBe(': stopbit\n\n')
    bench.chunk(BLOCK, DELTA)
    expect(bench.sent).toBe(`: stopbit\n\n${START}${BLOCK}${DELTA}`)
    bench
      .chunk(...ANTHROPIC.finish)
      .finished()
      .endBody()
    expect(bench.record).toMatchObject({ ending: 'completed', heartbeats: 1, status: 200 })
  })

  test('runs from the accepted request, and also when the upstream has answered', () => {
    const slow = new Bench(early).pass(700).start().pass(299)
    expect(slow.head).toBeUndefined()
    expect(slow.pass(1).head?.status).toBe(200)
    const answered = new Bench({ earlyCommitMs: 1_000, commitAfterMs: 5_000 }).streaming(START).pass(1_000)
    expect(answered.sent).toBe(': stopbit\n\n')
    expect(answered.header('request-id')).toBe('req_upstream')
    expect(answered.pass(4_000).count('head')).toBe(1)
  })

  test.each([
    ['a request for no stream', ANTHROPIC.target, { stream: false }],
    ['an unknown API, in which a failure could not be told', '/v2/unknown', { stream: true }],
    ['a JSON array, which knows no comment', '/v1beta/models/m:streamGenerateContent', {}],
  ])('is off for %s', (_, target, facts) => {
    expect(new Bench(early, { request: { target } }).start(facts).pass(100_000).head).toBeUndefined()
  })

  test('sends nothing for a JSON answer that is held by then', () => {
    const bench = new Bench(early).start().answer(200, ['content-type', 'application/json']).pass(2_000)
    expect(bench.head).toBeUndefined()
  })

  test.each([
    [
      'a JSON error',
      400,
      ['content-type', 'application/json'],
      '{"type":"error","error":{"type":"invalid_request_error","message":"Too long"}}',
      'invalid_request_error',
      'Too long',
    ],
    ['an HTML error', 502, ['content-type', 'text/html'], '<html>', 'api_error', 'no explanation'],
    ['a JSON answer', 200, ['content-type', 'application/json'], '{"type":"message"}', 'api_error', 'no explanation'],
    ['a binary answer', 200, ['content-type', 'audio/mpeg'], 'x', 'api_error', 'no explanation'],
    ['a redirect', 307, ['location', '/x'], '', 'api_error', 'no explanation'],
  ])('%s then ends in band, with what the upstream said', (_, status, headers, body, type, message) => {
    const bench = new Bench(early).start().pass(1_000).answer(status, headers)
    if (body !== '' && bench.isUnderWay) bench.chunk(body)
    if (bench.isUnderWay) bench.endBody()
    expect(bench.sent.startsWith(': stopbit\n\nevent: error\n')).toBe(true)
    expect(bench.errorType()).toBe(type)
    expect(bench.sent).toContain(message)
    expect(bench.finished().record).toMatchObject({
      ending: 'error',
      status: 200,
      upstreamStatus: status,
      upstreamError: type,
    })
  })

  test('a large JSON answer then ends in band as soon as it is too large', () => {
    const bench = new Bench({ ...early, maxJsonBytes: 4 })
      .start()
      .pass(1_000)
      .answer(200, ['content-type', 'application/json'])
    expect(bench.chunk('12345').errorType()).toBe('api_error')
  })

  test('an undecodable error then ends in band', () => {
    const bench = new Bench(early).start().pass(1_000).answer(429, ['content-encoding', 'compress'])
    expect(bench.errorType()).toBe('rate_limit_error')
  })

  test('a failure then ends in band, in the words of the dialect', () => {
    for (const { target, facts } of EVENT_STREAMS) {
      const bench = new Bench({ ...early, retry: 'never' }, { request: { target } }).start(facts).pass(1_000)
      bench.fail(FAILURES.closed).finished()
      expect(bench.sent.startsWith(': stopbit\n\n')).toBe(true)
      expect(bench.sent).toContain('closed the connection before it answered')
      expect(bench.record).toMatchObject({ ending: 'error', status: 200, fault: { kind: 'closed-before-headers' } })
    }
  })

  test('a stalled upload then ends in band', () => {
    const bench = new Bench({ ...early, uploadStallMs: 5_000 }).start({ stream: true }, 'streamed')
    bench.exchange.requestAwaited()
    bench.pass(5_000)
    expect(bench.errorType()).toBe('timeout_error')
    expect(bench.sent).toContain('The rest of this request did not arrive in time')
  })
})
