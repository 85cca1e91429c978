import { describe, expect, test } from 'vitest'
import { Bench } from './bench.ts'
import {
  ANTHROPIC,
  BLOCK,
  BLOCK_STOP,
  candidate,
  chunk,
  DELTA,
  EVENT_STREAMS,
  GEMINI,
  geminiEvent,
  SSE,
  START,
  STOP,
  STOP_REASON,
} from './streams.ts'

const CHAT = { request: { target: '/v1/chat/completions' } }

describe('a cut stream', () => {
  test('ends with one error event behind whole events', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA, DELTA.slice(0, 50)).fail()
    expect(bench.sent.startsWith(`${START}${BLOCK}${DELTA}event: error\n`)).toBe(true)
    expect(bench.errorType()).toBe('api_error')
    expect(bench.sent).toContain('"request_id":"req_upstream"')
    expect(bench.calls).toEqual(['attempt 1', 'head 200', 'end'])
    bench.finished()
    expect(bench.record).toMatchObject({
      ending: 'error',
      fault: { kind: 'body-reset', code: 'ECONNRESET' },
      sentEvents: 3,
    })
  })

  test('becomes a real status while no model data was seen', () => {
    const bench = new Bench().streaming(START, BLOCK).fail()
    expect(bench.head?.status).toBe(502)
    expect(bench.header('proxy-status')).toBe('stopbit; error=http_response_incomplete')
    expect(bench.errorType()).toBe('api_error')
    bench.finished()
    expect(bench.record).toMatchObject({ ending: 'error-status', status: 502, upstreamStatus: 200, sentEvents: 0 })
  })

  test('takes a clean end without a terminal event for a cut, before and after the first model data', () => {
    const late = new Bench().streaming(START, BLOCK, DELTA).endBody()
    expect(late.errorType()).toBe('api_error')
    expect(late.finished().record).toMatchObject({ ending: 'error', fault: { kind: 'body-truncated' } })
    const early = new Bench().streaming(START, BLOCK).endBody()
    expect(early.head?.status).toBe(502)
    expect(early.finished().record).toMatchObject({ ending: 'error-status', fault: { kind: 'body-truncated' } })
  })

  test('is no success by the option truncate before its first model data', () => {
    for (const ending of ['truncate', 'keep-partial'] as const) {
      expect(new Bench({ ending }).streaming(START, BLOCK).endBody().head?.status).toBe(502)
      expect(new Bench({ ending }).streaming(START).fail().head?.status).toBe(502)
    }
  })

  test('gets only its sentinel when the stop reason is through', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA, BLOCK_STOP, STOP_REASON).fail().finished()
    expect(bench.sent.endsWith(STOP)).toBe(true)
    expect(bench.record).toMatchObject({ ending: 'completed-sentinel', fault: { kind: 'body-reset' } })
  })

  test('whose terminal event lacks only its empty line is complete at a clean end', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA, BLOCK_STOP, STOP_REASON, STOP.slice(0, -1)).endBody()
    expect(bench.finished().record).toMatchObject({ ending: 'completed' })
    expect(bench.record?.fault).toBeUndefined()
  })

  test('whose last event is an error without its empty line becomes that status', () => {
    const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Full"}}\n'
    const bench = new Bench().streaming(START, error).endBody()
    expect(bench.head?.status).toBe(529)
    expect(bench.sent).toContain('"Full"')
    expect(bench.finished().record).toMatchObject({ ending: 'error-status', upstreamError: 'overloaded_error' })
  })

  test('keeps the whole events of a chunk whose last event is too large', () => {
    const bench = new Bench({ maxEventBytes: 300 }).streaming(`${START}${BLOCK}${DELTA}data: ${'x'.repeat(300)}`)
    expect(bench.sent.startsWith(`${START}${BLOCK}${DELTA}event: error`)).toBe(true)
  })

  test('is cut by us when an event is larger than maxEventBytes', () => {
    const late = new Bench({ maxEventBytes: 300 }).streaming(START, BLOCK, DELTA, `data: ${'x'.repeat(300)}`).finished()
    expect(late.record).toMatchObject({ ending: 'error', fault: { kind: 'bad-framing' } })
    const early = new Bench({ maxEventBytes: 300 }).streaming(START, `data: ${'x'.repeat(300)}`)
    expect(early.head?.status).toBe(502)
  })

  test("passes the upstream's own error event on and adds nothing", () => {
    const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    const bench = new Bench().streaming(START, BLOCK, DELTA, error).finished().endBody()
    expect(bench.sent).toBe(START + BLOCK + DELTA + error)
    expect(bench.record).toMatchObject({ ending: 'error', upstreamError: 'overloaded_error', sentEvents: 4 })
  })

  test('is left incomplete where the dialect is unknown', () => {
    const bench = new Bench({}, { request: { target: '/v2/unknown' } }).streaming('data: 1\n\n', 'data: 2').fail()
    expect(bench.sent).toBe('data: 1\n\n')
    expect(bench.calls.at(-1)).toBe('leave incomplete')
    bench.exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'incomplete', clientGone: false })
  })

  test('of an unknown dialect that is short of its length is left incomplete, also after a clean end', () => {
    const bench = new Bench({}, { request: { target: '/v2/unknown' } }).start()
    bench
      .answer(200, [...SSE, 'content-length', '100'])
      .chunk('data: 1\n\n')
      .endBody()
    expect(bench.calls.at(-1)).toBe('leave incomplete')
    const whole = new Bench({}, { request: { target: '/v2/unknown' } }).start()
    whole
      .answer(200, [...SSE, 'content-length', '9'])
      .chunk('data: 1\n\n')
      .endBody()
    expect(whole.calls.at(-1)).toBe('end')
  })

  test.each(EVENT_STREAMS)(
    'of $name never ends as a success, wherever it is cut before its end is through',
    (stream) => {
      const before = [...stream.opening, ...stream.data]
      for (let count = 0; count <= before.length; count++) {
        for (const how of ['reset', 'clean end'] as const) {
          const bench = new Bench({}, { request: { target: stream.target } }).start(stream.facts).answer(200)
          bench.chunk(...before.slice(0, count))
          if (how === 'reset') bench.fail()
          else bench.endBody()
          const ending = count <= stream.opening.length ? 'error-status' : 'error'
          expect(bench.finished().record).toMatchObject({ ending })
          expect(bench.sent.startsWith(count <= stream.opening.length ? '{' : before.slice(0, count).join(''))).toBe(
            true,
          )
        }
      }
    },
  )
})

describe('the dialects', () => {
  test('a cut chat stream gets its [DONE] only when every choice that was asked for has finished', () => {
    for (const [choiceCount, ending] of [
      [1, 'completed-sentinel'],
      [2, 'error'],
      [undefined, 'error'],
    ] as const) {
      const bench = new Bench({}, CHAT).start({ stream: true, ...(choiceCount !== undefined && { choiceCount }) })
      bench
        .answer(200)
        .chunk(chunk({ content: 'Hi' }) + chunk({ content: '' }, 'stop'))
        .fail()
        .finished()
      expect(bench.record).toMatchObject({ dialect: 'openai-chat', ending })
      expect(bench.sent.endsWith('data: [DONE]\n\n')).toBe(choiceCount === 1)
    }
  })

  test("OpenRouter's error inside a chunk is followed by a plain one", () => {
    const error = `data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"error"}],"error":{"code":502,"message":"Down"}}\n\n`
    const bench = new Bench({}, CHAT).streaming(chunk({ content: 'Hi' }), error)
    expect(bench.sent).toBe(`${chunk({ content: 'Hi' })}${error}data: {"error":{"code":502,"message":"Down"}}\n\n`)
  })

  test('a Gemini stream whose answers have finished is complete after finishGraceMs of silence; usage may come in it', () => {
    const bench = new Bench({ finishGraceMs: 1_000, heartbeatMs: 'off' }, { request: { target: GEMINI.target } })
    bench
      .start(GEMINI.facts)
      .answer(200)
      .chunk(geminiEvent(candidate('Hi')) + geminiEvent(candidate('', { finishReason: 'STOP' })))
    bench.pass(900).chunk('data: {"usageMetadata":{"totalTokenCount":3}}\r\n\r\n').pass(999)
    expect(bench.calls).not.toContain('end')
    bench.pass(1).finished()
    expect(bench.record).toMatchObject({ dialect: 'gemini', ending: 'completed', events: 3 })
    expect(bench.record?.fault).toBeUndefined()
  })

  test('a Gemini stream that is cut when its answers have finished is complete, and no fault is noted', () => {
    for (const cut of ['reset', 'end', 'total'] as const) {
      const bench = new Bench({ totalTimeoutMs: 1_000 }, { request: { target: GEMINI.target } })
      bench
        .start(GEMINI.facts)
        .answer(200)
        .chunk(...GEMINI.data, geminiEvent(candidate('', { finishReason: 'STOP' })))
      if (cut === 'reset') bench.fail()
      else if (cut === 'end') bench.endBody()
      else bench.pass(1_000)
      expect(bench.finished().record).toMatchObject({ ending: 'completed' })
      expect(bench.record?.fault).toBeUndefined()
    }
  })

  test('a Gemini stream that talks on after a stop reason is not finished', () => {
    const bench = new Bench({ finishGraceMs: 1_000, heartbeatMs: 'off' }, { request: { target: GEMINI.target } })
    bench
      .start(GEMINI.facts)
      .answer(200)
      .chunk(geminiEvent(candidate('a', { finishReason: 'STOP' })))
    for (let i = 0; i < 5; i++) bench.pass(900).chunk(geminiEvent(candidate('b')))
    bench.pass(5_000)
    expect(bench.calls).not.toContain('end')
  })

  test('a Gemini answer as a JSON array is streamed, and ends as JSON when it is cut', () => {
    const bench = new Bench({}, { request: { target: '/v1beta/models/m:streamGenerateContent' } }).start()
    bench.answer(200, ['content-type', 'application/json']).chunk(`[${candidate('Hi')}\r\n,{"cand`)
    expect(bench.sent).toContain('"Hi"')
    bench.fail()
    expect(JSON.parse(bench.sent)).toMatchObject([
      { candidates: [{}] },
      { error: { code: 503, status: 'UNAVAILABLE' } },
    ])
  })

  test('a stream on an unknown path is followed in the dialect that it shows, and the record says which', () => {
    const bench = new Bench({}, { request: { target: '/vendor/claude' } })
      .streaming(START, BLOCK, DELTA)
      .fail()
      .finished()
    expect(bench.errorType()).toBe('api_error')
    expect(bench.record).toMatchObject({ dialect: 'anthropic-messages', ending: 'error' })
  })

  test('the option dialect rules over the path', () => {
    const bench = new Bench(
      { dialect: 'anthropic-messages', retry: 'never' },
      { request: { target: '/vendor/claude' } },
    )
    expect(bench.start().fail().errorType()).toBe('api_error')
    expect(() => new Bench({ dialect: 'klingon' })).toThrow(
      /Cannot use dialect: must be one of anthropic-messages, .*, got "klingon"/,
    )
  })

  test('the option ending is what a cut stream ends with', () => {
    for (const [ending, ended] of [
      ['keep-partial', 'kept-partial'],
      ['truncate', 'truncated'],
    ] as const) {
      const bench = new Bench({ ending }).streaming(START, BLOCK, DELTA).fail().finished()
      expect(bench.record).toMatchObject({ ending: ended, fault: { kind: 'body-reset' } })
      const closed = new Bench({ ending }).streaming(START, BLOCK, DELTA).endBody().finished()
      expect(closed.record).toMatchObject({ ending: ended, fault: { kind: 'body-truncated' } })
    }
  })

  test('a closing names the request as the upstream does, and as we do where it does not', () => {
    const ours = new Bench()
      .start()
      .answer(200, ['content-type', 'text/event-stream'])
      .chunk(...ANTHROPIC.opening, DELTA)
      .fail()
    expect(ours.sent).toMatch(/"request_id":"req_stopbit_[0-9a-f]{32}"/)
    const theirs = new Bench().start().answer(200, ['content-type', 'text/event-stream', 'x-request-id', 'x1'])
    expect(theirs.chunk(...ANTHROPIC.opening, DELTA).fail().sent).toContain('"request_id":"x1"')
  })
})

test('finish() ends a stream in band and an unanswered request with a status, and never sends again', () => {
  const stream = new Bench().streaming(START, BLOCK, DELTA)
  stream.exchange.finish()
  expect(stream.errorType()).toBe('overloaded_error')
  expect(stream.finished().record).toMatchObject({ fault: { kind: 'aborted-by-us' } })
  const accepting = new Bench()
  accepting.exchange.finish()
  expect(accepting.head?.status).toBe(529)
  for (const retry of ['stale-once', 'replayable'] as const) {
    const asking = new Bench({ retry }).start(ANTHROPIC.facts)
    asking.exchange.finish({
      kind: 'refused',
      phase: 'connect',
      proxyStatus: 'connection_refused',
      retrySafety: 'never-sent',
    })
    expect(asking.head?.status).toBe(502)
    expect(asking.calls).toEqual(['attempt 1', 'abort upstream', 'head 502', 'end'])
  }
})
