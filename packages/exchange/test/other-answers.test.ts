import { describe, expect, test } from 'vitest'
import { Bench, FAILURES } from './bench.ts'
import { OVERLOADED, SSE, START } from './streams.ts'

const CHUNKED_JSON_HEAD = ['content-type', 'application/json', 'transfer-encoding', 'chunked']
const JSON_HEAD = ['content-type', 'application/json', 'content-length', '11']
const CHAT = { request: { target: '/v1/chat/completions' } }

describe('an error response of the upstream', () => {
  test.each([400, 401, 429, 500, 503, 529])('with JSON passes unchanged: %i', (status) => {
    const bench = new Bench().start().answer(status, [...SSE, 'retry-after', '7', 'x-should-retry', 'true'])
    bench.chunk('{"type":"error",', '"error":{}}').endBody().finished()
    const length = ['content-length', '27']
    expect(bench.head).toEqual({
      status,
      headers: [...SSE, 'retry-after', '7', 'x-should-retry', 'true', ...length],
    })
    expect(bench.sent).toBe('{"type":"error","error":{}}')
    expect(bench.record).toMatchObject({ ending: 'completed', status, sse: false })
    expect(bench.record?.fault).toBeUndefined()
  })

  test.each(['', '<html>Bad gateway</html>', '"just text"', 'null', '\u00ff'])(
    'without a JSON object keeps its status and what its headers say, and gets our envelope: %j',
    (text) => {
      const bench = new Bench().start()
      const about = [
        'retry-after',
        '7',
        'cf-ray',
        'ray',
        'etag',
        '"e"',
        'content-length',
        String(Buffer.byteLength(text)),
      ]
      bench.answer(502, ['content-type', 'text/html', ...about, 'connection', 'x-hop', 'x-hop', '1'])
      if (text !== '') bench.chunk(text)
      bench.endBody().finished()
      expect(bench.head?.status).toBe(502)
      expect(bench.errorType()).toBe('api_error')
      expect(bench.header('content-type')).toBe('application/json')
      expect(bench.header('content-length')).toBe(String(Buffer.byteLength(bench.sent)))
      expect(bench.header('retry-after')).toBe('7')
      expect(bench.header('etag')).toBeUndefined()
      expect(bench.header('x-hop')).toBeUndefined()
      expect(bench.record).toMatchObject({ ending: 'error-status', upstreamStatus: 502, cfRay: 'ray' })
    },
  )

  test("that is vLLM's bare object is rewritten to one that SDKs read", () => {
    const bench = new Bench({}, CHAT).start().answer(400, ['content-type', 'application/json'])
    bench.chunk('{"object":"error","message":"Too long","type":"BadRequestError","code":400}').endBody()
    expect(bench.head?.status).toBe(400)
    expect(JSON.parse(bench.sent)).toEqual({ error: { message: 'Too long', type: 'BadRequestError', code: 400 } })
  })

  test('that is cut keeps its status', () => {
    for (const cut of ['reset', 'short', 'silent'] as const) {
      const bench = new Bench().start().answer(401, JSON_HEAD).chunk('{"a"')
      if (cut === 'reset') bench.fail()
      else if (cut === 'short') bench.endBody()
      else bench.pass(280_000)
      expect(bench.head?.status).toBe(401)
      expect(bench.errorType()).toBe('authentication_error')
      expect(bench.finished().record?.fault?.phase).toBe('body')
    }
  })

  test('beyond maxJsonBytes passes as it comes, with its status', () => {
    const bench = new Bench({ maxJsonBytes: 4 })
      .start()
      .answer(500, ['content-type', 'text/plain'])
      .chunk('12345', '678')
      .endBody()
    expect(bench.head?.status).toBe(500)
    expect(bench.sent).toBe('12345678')
  })

  test('of an unknown API passes unchanged, whatever it is', () => {
    const bench = new Bench({}, { request: { target: '/v2/unknown' } }).start()
    bench.answer(502, ['content-type', 'text/html']).chunk('<html>').endBody().finished()
    expect(bench.sent).toBe('<html>')
    expect(bench.record).toMatchObject({ ending: 'completed', status: 502 })
  })

  test('as the first event of a stream becomes a real status, with its object kept', () => {
    const bench = new Bench().start().answer(200, [...SSE, 'retry-after', '3', 'anthropic-organization-id', 'o'])
    bench.chunk(START, OVERLOADED).endBody().finished()
    expect(bench.head?.status).toBe(529)
    expect(JSON.parse(bench.sent)).toMatchObject({
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
    })
    expect(bench.header('retry-after')).toBe('3')
    expect(bench.header('content-type')).toBe('application/json')
    expect(bench.record).toMatchObject({
      ending: 'error-status',
      upstreamError: 'overloaded_error',
      upstreamStatus: 200,
    })
    expect(bench.record).toMatchObject({ events: 2, sentEvents: 0 })
  })

  test.each([
    ['/v1/chat/completions', 'data: {"error":{"message":"Slow down","type":"rate_limit_error"}}\n\n', 429],
    ['/v1/responses', 'event: error\ndata: {"type":"error","code":"server_error","message":"Oops"}\n\n', 500],
    [
      '/v1beta/models/m:streamGenerateContent?alt=sse',
      'data: {"error":{"code":503,"message":"Full","status":"UNAVAILABLE"}}\n\n',
      503,
    ],
  ])('as the first event becomes a status by its type: %s', (target, event, status) => {
    const bench = new Bench({}, { request: { target } }).streaming(event)
    expect(bench.head?.status).toBe(status)
    expect(bench.sent).toContain(/"message":"([^"]+)"/.exec(event)?.[1])
  })
})

describe('an answer that is no stream of a known dialect', () => {
  test('is a 502 when it fails before its first byte, and left incomplete after it', () => {
    const early = new Bench().start().answer(200, ['content-type', 'audio/mpeg']).fail()
    expect(early.head?.status).toBe(502)
    const late = new Bench().start().answer(200, ['content-type', 'audio/mpeg']).chunk('half').fail()
    expect(late.calls).toEqual(['attempt 1', 'head 200', 'leave incomplete'])
  })

  test('is left incomplete when it ends short of its length, which HTTP/2 does not prevent, coded or not', () => {
    for (const coding of [[], ['content-encoding', 'gzip']]) {
      const head = ['content-type', 'audio/mpeg', 'content-length', '8', ...coding]
      const early = new Bench().start().answer(200, head).endBody()
      expect(early.head?.status).toBe(502)
      const late = new Bench().start().answer(200, head).chunk('half').endBody()
      expect(late.calls.at(-1)).toBe('leave incomplete')
      late.exchange.downstreamGone()
      expect(late.record).toMatchObject({ ending: 'incomplete', fault: { kind: 'body-truncated' } })
      const whole = new Bench().start().answer(200, head).chunk('half', 'half').endBody()
      expect(whole.calls.at(-1)).toBe('end')
      expect(whole.header('content-encoding')).toBe(coding[1])
    }
  })

  test('has its head sent after commitAfterMs of silence', () => {
    const bench = new Bench({ commitAfterMs: 500 }).start().answer(200, ['content-type', 'audio/mpeg'])
    expect(bench.pass(499).head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(200)
    expect(bench.pass(100_000).sent).toBe('') // no heartbeat in a binary body
  })

  test.each([
    ['POST', 204],
    ['POST', 304],
    ['HEAD', 200],
  ])('may be empty: %s, %i', (method, status) => {
    const bench = new Bench({}, { request: { method } })
      .start({}, 'none')
      .answer(status, ['content-length', '50'])
      .endBody()
      .finished()
    expect(bench.record).toMatchObject({ ending: 'completed', status })
  })

  test('may be a redirect, which passes', () => {
    const bench = new Bench().start().answer(307, ['location', '/v2', 'content-length', '0']).endBody().finished()
    expect(bench.head).toEqual({ status: 307, headers: ['location', '/v2', 'content-length', '0'] })
  })
})

describe('a JSON answer', () => {
  test('is held until it is whole, then sent with its length', () => {
    const bench = new Bench().start().answer(200, JSON_HEAD).chunk('{"a":')
    expect(bench.pass(100_000).head).toBeUndefined()
    bench.chunk('"bcd"}').endBody()
    expect(bench.sent).toBe('{"a":"bcd"}')
    expect(bench.head?.headers).toEqual(['content-type', 'application/json', 'content-length', '11'])
  })

  test('is a 502 when it is cut, also by a clean end that nothing delimits', () => {
    const reset = new Bench().start().answer(200, JSON_HEAD).fail()
    expect(reset.head?.status).toBe(502)
    const closed = new Bench().start().answer(200, ['content-type', 'application/json']).chunk('{"a":').endBody()
    expect(closed.head?.status).toBe(502)
    const short = new Bench().start().answer(200, JSON_HEAD).chunk('{"a":1}').endBody()
    expect(short.head?.status).toBe(502)
    expect(short.finished().record).toMatchObject({
      fault: { kind: 'body-truncated' },
      attempts: [{ fault: { kind: 'body-truncated' } }],
    })
  })

  test('that no length delimits is sent when it is whole JSON', () => {
    const closed = new Bench()
      .start()
      .answer(200, ['content-type', 'application/vnd.api+json'])
      .chunk('{"a":1}')
      .endBody()
    expect(closed.head?.status).toBe(200)
    const chunked = (): Bench => new Bench().start().answer(200, CHUNKED_JSON_HEAD)
    expect(chunked().chunk('{"a":1}').endBody().sent).toBe('{"a":1}')
    expect(chunked().chunk('{"a":').endBody().head?.status).toBe(502)
  })

  test('in chunks is not looked at where no dialect is known: it may be JSON lines', () => {
    const request = { method: 'POST', target: '/api/generate', headers: [] }
    const lines = new Bench({}, { request }).start().answer(200, CHUNKED_JSON_HEAD)
    expect(lines.chunk('{"a":1}\n{"a":2}\n').endBody().sent).toBe('{"a":1}\n{"a":2}\n')
  })

  test('is bounded by the headers clock until it is whole', () => {
    const bench = new Bench({ headersTimeoutMs: 5_000, idleTimeoutMs: 1_000 }).start({}).answer(200, JSON_HEAD)
    bench.pass(3_000).chunk('{').pass(1_999)
    expect(bench.head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(504)
    expect(bench.finished().record).toMatchObject({ fault: { kind: 'body-timeout' } })
  })

  test('is passed on as it comes beyond maxJsonBytes, then idle runs, and it is left incomplete when it is cut', () => {
    const bench = new Bench({ maxJsonBytes: 4, headersTimeoutMs: 2_000, idleTimeoutMs: 3_000 })
      .start()
      .answer(200, JSON_HEAD)
    bench.chunk('{"a":')
    expect(bench.sent).toBe('{"a":')
    expect(bench.releasedAt).toBeDefined()
    bench.pass(2_900).chunk('1').pass(2_999)
    expect(bench.hasEnded).toBe(false)
    expect(bench.pass(1).calls.at(-1)).toBe('leave incomplete')
    const reset = new Bench({ maxJsonBytes: 4 }).start().answer(200, JSON_HEAD).chunk('{"a":').fail()
    expect(reset.calls.at(-1)).toBe('leave incomplete')
    const whole = new Bench({ maxJsonBytes: 4 }).start().answer(200, JSON_HEAD).chunk('{"a":', '"bcd"}').endBody()
    expect(whole.sent).toBe('{"a":"bcd"}')
    expect(whole.calls.at(-1)).toBe('end')
  })

  test('that is coded is decoded, and sent with its own length', () => {
    const bench = new Bench()
      .start()
      .answer(200, [...JSON_HEAD, 'content-encoding', 'gzip'])
      .chunk('{"a":1,"b":[2,3]}')
      .endBody()
    expect(bench.sent).toBe('{"a":1,"b":[2,3]}')
    expect(bench.header('content-length')).toBe('17')
    expect(bench.header('content-encoding')).toBeUndefined()
    const cut = new Bench()
      .start()
      .answer(200, [...JSON_HEAD, 'content-encoding', 'gzip'])
      .chunk('{')
      .fail(FAILURES.undecodable)
    expect(cut.head?.status).toBe(502)
    expect(cut.finished().record).toMatchObject({ fault: { kind: 'decode' } })
  })
})

test('an end without a head is no answer', () => {
  const bench = new Bench({ retry: 'replayable' }).start().endBody().finished()
  expect(bench.head?.status).toBe(502)
  expect(bench.record).toMatchObject({ ending: 'error-status', fault: { kind: 'bad-response' } })
})
