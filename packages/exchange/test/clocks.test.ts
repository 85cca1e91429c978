import { describe, expect, test } from 'vitest'
import { Bench, FAILURES } from './bench.ts'
import { ANTHROPIC, BLOCK, CHAT, DELTA, GEMINI, PING, RESPONSES, SSE, START } from './streams.ts'

describe('headers', () => {
  test('is a 504 when it runs out, and nothing is sent again', () => {
    const bench = new Bench({ headersTimeoutMs: 5_000, retry: 'replayable' }).start(ANTHROPIC.facts).pass(4_999)
    expect(bench.head).toBeUndefined()
    bench.pass(1)
    expect(bench.head?.status).toBe(504)
    expect(bench.errorType()).toBe('timeout_error')
    expect(bench.calls).toEqual(['attempt 1', 'abort upstream', 'head 504', 'end'])
    expect(bench.finished().record).toMatchObject({
      fault: { kind: 'headers-timeout' },
      attempts: [{ fault: { kind: 'headers-timeout' } }],
    })
  })

  test.each([
    [ANTHROPIC.target, { stream: true }, 280_000],
    [ANTHROPIC.target, { stream: false }, 590_000],
    [ANTHROPIC.target, {}, 590_000],
    [CHAT.target, { stream: true }, 280_000],
    [RESPONSES.target, { stream: true }, 280_000],
    ['/v1/responses/resp_1?stream=true', {}, 280_000],
    [GEMINI.target, {}, 280_000],
    ['/v1beta/models/m:streamGenerateContent', {}, 280_000],
    ['/v1beta/models/m:generateContent', {}, 590_000],
  ])('of %s with %j is %i: a stream is known by its body or by its path', (target, facts, limitMs) => {
    const bench = new Bench({}, { request: { target } }).start(facts)
    expect(bench.pass(limitMs - 1).head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(504)
    expect(bench.finished().record?.stream).toBe(limitMs === 280_000 ? true : (facts as { stream?: boolean }).stream)
  })

  test.each([
    ['60', 55_000],
    ['600', 280_000],
    ['3', 1_000],
    ['nonsense', 280_000],
  ])("is never more than the client's own limit of %s s minus 5 s, and never under a second", (seconds, limitMs) => {
    const bench = new Bench({}, { request: { headers: ['X-Stainless-Timeout', seconds] } }).start()
    expect(bench.pass(limitMs - 1).head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(504)
  })

  test('and total run from the accepted request, with a second left after the slowest upload', () => {
    const bench = new Bench({ headersTimeoutMs: 5_000 }).pass(3_000).start()
    expect(bench.pass(1_999).head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(504)
    const slow = new Bench({ headersTimeoutMs: 5_000 }).pass(60_000).start()
    expect(slow.pass(999).head).toBeUndefined()
    expect(slow.pass(1).head?.status).toBe(504)
    const total = new Bench({ totalTimeoutMs: 5_000 }).pass(3_000).start()
    expect(total.pass(1_999).head).toBeUndefined()
    expect(total.pass(1).head?.status).toBe(504)
  })

  test('runs over all attempts', () => {
    const bench = new Bench({ headersTimeoutMs: 5_000 }).start().pass(2_000).fail(FAILURES.refused).pass(1_500)
    expect(bench.count('attempt')).toBe(2)
    expect(bench.pass(1_499).head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(504)
  })
})

describe('the clocks of an answer', () => {
  test('stop with their attempt, and start anew with the next', () => {
    const limits = { idleTimeoutMs: 1_000, progressTimeoutMs: 1_200, stallWarnMs: 1_100, retry: 'replayable' } as const
    const bench = new Bench(limits).start(ANTHROPIC.facts).answer(200).chunk(START).pass(900).fail().pass(1_500)
    expect(bench.count('attempt')).toBe(2)
    expect(bench.pass(1_000).answer(200).chunk(START).pass(999).head).toBeUndefined()
    expect(bench.warnings).toEqual([])
    expect(bench.pass(1).head?.status).toBe(504)
    expect(bench.finished().record?.longestSilenceMs).toBe(1_000)
  })

  test('leave a replay to the headers clock, which has run since the request', () => {
    const bench = new Bench({ headersTimeoutMs: 5_000, retry: 'replayable' })
      .start(ANTHROPIC.facts)
      .answer(200)
      .pass(2_000)
    bench.fail().pass(2_999)
    expect(bench.count('attempt')).toBe(2)
    expect(bench.head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(504)
    expect(bench.finished().record).toMatchObject({ fault: { kind: 'headers-timeout' } })
  })
})

describe('idle', () => {
  test('is restarted by any byte, and its end is a timeout_error in band', () => {
    const bench = new Bench({ idleTimeoutMs: 1_000, heartbeatMs: 'off' }).streaming(START, BLOCK, DELTA)
    bench.pass(900).chunk(PING).pass(999)
    expect(bench.calls).not.toContain('end')
    expect(bench.pass(1).errorType()).toBe('timeout_error')
    bench.finished()
    expect(bench.record).toMatchObject({ fault: { kind: 'body-timeout' }, longestSilenceMs: 1_000 })
  })

  test('is never answered with another attempt: the model is probably at work', () => {
    const bench = new Bench({ idleTimeoutMs: 1_000, retry: 'replayable' })
      .start(ANTHROPIC.facts)
      .answer(200)
      .pass(1_000)
    expect(bench.head?.status).toBe(504)
    expect(bench.count('attempt')).toBe(1)
  })

  test('does not run for an unknown event stream that was asked for by GET, nor does anything else', () => {
    const bench = new Bench({}, { request: { method: 'GET', target: '/v1/side-channel' } })
    bench.start({}, 'none').answer(200)
    expect(bench.head?.status).toBe(200) // it waits for nothing
    bench.chunk('data: 1\n\n').pass(10_000_000)
    expect(bench.calls).toEqual(['attempt 1', 'head 200'])
    expect(bench.wakeTime).toBe(Infinity)
    expect(bench.warnings).toEqual([])
    bench.endBody()
    expect(bench.calls.at(-1)).toBe('end')
  })

  test('runs for a stream that was asked for by GET as soon as its first event has shown a known dialect', () => {
    const request = { method: 'GET', target: '/vendor/resumed' }
    const bench = new Bench({ idleTimeoutMs: 1_000 }, { request }).streaming(': hello\n\n').pass(100_000)
    expect(bench.chunk(START).pass(999).hasEnded).toBe(false)
    expect(bench.pass(1).errorType()).toBe('timeout_error')
  })

  test('runs for a known stream that was asked for by GET', () => {
    const target = '/v1/responses/resp_1?stream=true&starting_after=7'
    const bench = new Bench({ idleTimeoutMs: 1_000 }, { request: { method: 'GET', target } }).streaming(': hello\n\n')
    expect(bench.pass(1_000).head?.status).toBe(504)
  })

  test.each(['idle', 'progress'] as const)(
    '%s goes on with what it had left when the client has caught up',
    (clock) => {
      const bench = new Bench({ [`${clock}TimeoutMs`]: 1_000, heartbeatMs: 'off' }).streaming(START, BLOCK)
      bench.keepsUp = false
      bench.chunk(DELTA).pass(100_000)
      expect(bench.isPaused).toBe(true)
      bench.keepsUp = true
      bench.exchange.downstreamDrained()
      expect(bench.calls.at(-1)).toBe('resume')
      bench.pass(999)
      expect(bench.calls).not.toContain('end')
      expect(bench.pass(1).calls).toContain('end')
    },
  )

  test('is restarted by bytes that were read before the pause, also while it stands still', () => {
    const bench = new Bench({ idleTimeoutMs: 1_000, heartbeatMs: 'off' }).streaming(START, BLOCK)
    bench.keepsUp = false
    bench.chunk(DELTA).pass(500).chunk(DELTA).pass(500)
    bench.keepsUp = true
    bench.exchange.downstreamDrained()
    expect(bench.pass(999).calls).not.toContain('end')
    expect(bench.pass(1).calls).toContain('end')
  })
})

describe('progress', () => {
  test('ends a mute stream of keep-alives, before and after the first model data', () => {
    for (const opening of [[], [START, BLOCK, DELTA]]) {
      const bench = new Bench({ idleTimeoutMs: 1_000, progressTimeoutMs: 5_000 }).streaming(...opening)
      for (let i = 0; i < 9; i++) bench.pass(500).chunk(': keep-alive\n\n')
      expect(bench.calls).not.toContain('end')
      bench.pass(500).finished()
      expect(bench.record).toMatchObject({ fault: { kind: 'progress-timeout' } })
    }
  })

  test('is restarted by each model data', () => {
    const bench = new Bench({ progressTimeoutMs: 5_000 }).streaming(START, BLOCK).pass(4_000)
    for (let i = 0; i < 5; i++) bench.chunk(DELTA).pass(4_000)
    expect(bench.calls).not.toContain('end')
    expect(bench.pass(1_000).calls).toContain('end')
  })

  test('is not restarted by what is no model data, nor by the opening going out', () => {
    const bench = new Bench({ progressTimeoutMs: 5_000, openingHoldMs: 3_000 }).streaming(START, BLOCK).pass(3_000)
    expect(bench.sent.startsWith(START + BLOCK)).toBe(true)
    bench.chunk(PING).pass(1_999)
    expect(bench.calls).not.toContain('end')
    expect(bench.pass(1).calls).toContain('end')
  })

  test('does not cut a model that pings for ten minutes', () => {
    const bench = new Bench().streaming(START)
    for (let i = 0; i < 40; i++) bench.pass(15_000).chunk(PING)
    bench.chunk(BLOCK, DELTA, ...ANTHROPIC.finish)
    expect(bench.sent.endsWith(ANTHROPIC.finish.join(''))).toBe(true)
    expect(bench.finished().endBody().record).toMatchObject({ ending: 'completed', firstDataMs: 600_000 })
  })

  test('a mute stream of comments ends at the default of 20 minutes', () => {
    const bench = new Bench().streaming()
    for (let i = 0; i < 79; i++) bench.pass(15_000).chunk(': keep-alive\n\n')
    expect(bench.hasEnded).toBe(false)
    expect(bench.pass(15_000).hasEnded).toBe(true)
    expect(bench.errorType()).toBe('timeout_error')
  })
})

describe('total', () => {
  test('is restarted by nothing', () => {
    const bench = new Bench({ totalTimeoutMs: 2_000 }).streaming(START, BLOCK)
    for (let i = 0; i < 20; i++) bench.pass(99).chunk(DELTA)
    expect(bench.calls).not.toContain('end')
    expect(bench.pass(99).calls).toContain('end')
    expect(bench.finished().record).toMatchObject({ fault: { kind: 'body-timeout' } })
  })

  test('also ends a back-off', () => {
    const bench = new Bench({ totalTimeoutMs: 1_200 }).start().fail(FAILURES.refused).pass(1_200)
    expect(bench.head?.status).toBe(504)
    expect(bench.finished().record?.attempts).toMatchObject([
      { fault: { kind: 'refused' }, retry: 'unsent', retryDelayMs: 1_500 },
    ])
  })
})

describe('stallWarn', () => {
  test('tells the operator of a silence at 15 s, once, with the ids of the exchange and when it will be cut', () => {
    const headers = [...SSE, 'cf-ray', 'ray-1', 'x-request-id', 'x-1']
    const bench = new Bench({}, { request: { headers: ['X-Client-Request-Id', 'client-1'] } })
      .start()
      .answer(200, headers)
    bench.pass(14_999)
    expect(bench.warnings).toEqual([])
    bench.pass(50_000)
    expect(bench.warnings).toEqual([
      {
        id: expect.stringMatching(/^req_stopbit_/),
        requestId: 'req_upstream',
        clientRequestId: 'client-1',
        xRequestId: 'x-1',
        cfRay: 'ray-1',
        dialect: 'anthropic-messages',
        silentMs: 15_000,
        upstreamBytes: 0,
        events: 0,
        cutInMs: 225_000,
      },
    ])
    bench.chunk(START, PING).pass(15_000)
    expect(bench.warnings[1]).toMatchObject({ silentMs: 15_000, events: 2, upstreamBytes: START.length + PING.length })
    bench.exchange.downstreamGone()
    expect(bench.record?.stalls).toBe(2)
  })

  test('names the clock that cuts first, and none if nothing will', () => {
    const early = new Bench({ totalTimeoutMs: 20_000 }).streaming().pass(15_000)
    expect(early.warnings).toMatchObject([{ cutInMs: 5_000 }])
    const json = new Bench({ headersTimeoutMs: 60_000 })
      .start()
      .answer(200, ['content-type', 'application/json'])
      .pass(15_000)
    expect(json.warnings).toMatchObject([{ cutInMs: 45_000, events: 0 }])
  })

  test('stands still while the client does not keep up, and is off with off', () => {
    const slow = new Bench().streaming(START, BLOCK)
    slow.keepsUp = false
    slow.chunk(DELTA).pass(60_000)
    expect(slow.warnings).toEqual([])
    expect(new Bench({ stallWarnMs: 'off' }).streaming().pass(100_000).warnings).toEqual([])
  })
})
