import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Exchange, type ExchangeContext } from './exchange.ts'
import { resolveExchangeOptions, type ExchangeOptions } from './options.ts'
import type { ExchangeRecord } from './record.ts'
import type { ExchangeSink, UpstreamRequest } from './sink.ts'

const START = 'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0"}}\n\n'
const BLOCK =
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
const DELTA =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n'
const BLOCK_STOP = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
const STOP_REASON =
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}\n\n'
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
const PING = 'event: ping\ndata: {"type":"ping"}\n\n'
const SSE = ['content-type', 'text/event-stream; charset=utf-8', 'request-id', 'req_upstream']
const JSON_HEAD = ['content-type', 'application/json', 'content-length', '11']
const CONNECTED = { connected: true, requestSent: true, reused: false, responseStarted: true, headersReceived: true }
const RESET = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })

/** An exchange in virtual time, with everything that it asked of the world. */
class Bench implements ExchangeSink {
  now = 1_000
  wakeTime = Infinity
  readonly calls: string[] = []
  head: { status: number; headers: readonly string[] } | undefined
  sent = ''
  upstreamRequest: UpstreamRequest | undefined
  record: ExchangeRecord | undefined
  keepsUp = true
  readonly exchange: Exchange

  constructor(options: ExchangeOptions = {}, request: Partial<ExchangeContext['request']> = {}) {
    this.exchange = new Exchange({
      request: { method: 'POST', target: '/v1/messages?beta=true', headers: [], ...request },
      options: resolveExchangeOptions(options),
      sink: this,
      clock: { now: () => this.now },
    })
  }

  start(): this {
    this.exchange.start({ stream: true })
    return this
  }

  /** The upstream answers with an event stream and these events. */
  streaming(...events: string[]): this {
    this.start().exchange.upstreamHead(200, SSE)
    for (const event of events) this.exchange.upstreamChunk(Buffer.from(event))
    return this
  }

  /** Lets time pass, with every wake-up that falls into it. */
  pass(ms: number): this {
    const until = this.now + ms
    while (this.wakeTime <= until) {
      this.now = this.wakeTime
      this.wakeTime = Infinity
      this.exchange.wake()
    }
    this.now = until
    return this
  }

  sendAttempt(attempt: number, request: UpstreamRequest): void {
    this.note(`attempt ${attempt}`)
    this.upstreamRequest = request
  }
  abortUpstream(): void {
    this.note('abort upstream')
  }
  pauseUpstream(): void {
    this.note('pause')
  }
  resumeUpstream(): void {
    this.note('resume')
  }
  writeHead(status: number, headers: readonly string[]): void {
    this.note(`head ${status}`)
    this.head = { status, headers }
  }
  write(bytes: Uint8Array): boolean {
    expect(this.head, 'bytes before the head').toBeDefined()
    this.sent += Buffer.from(bytes).toString()
    return this.keepsUp
  }
  end(): void {
    this.note('end')
  }
  leaveIncomplete(): void {
    this.note('leave incomplete')
  }
  abortDownstream(): void {
    this.note('abort downstream')
  }
  wakeAt(time: number): void {
    this.wakeTime = time
  }
  settled(record: ExchangeRecord): void {
    this.note('settled')
    this.record = record
  }

  note(call: string): void {
    expect(this.record, `${call} after the record`).toBeUndefined()
    this.calls.push(call)
  }

  errorType(): string {
    const data = /event: error\ndata: (.*)\n\n$/.exec(this.sent)?.[1] ?? this.sent
    return (JSON.parse(data) as { error: { type: string } }).error.type
  }
}

describe('a healthy stream', () => {
  test('passes byte for byte and ends when its terminal event is through', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA, BLOCK_STOP, STOP_REASON, STOP)
    expect(bench.sent).toBe(START + BLOCK + DELTA + BLOCK_STOP + STOP_REASON + STOP)
    expect(bench.calls).toEqual(['attempt 1', 'head 200', 'resume', 'end'])
    bench.exchange.downstreamFinished()
    bench.exchange.upstreamEnd()
    expect(bench.record).toMatchObject({ ending: 'completed', status: 200, events: 6, requestId: 'req_upstream' })
    expect(bench.record?.fault).toBeUndefined()
    expect(bench.wakeTime).toBe(Infinity)
  })

  test('holds its head and opening events until the first model data, and no longer', () => {
    const bench = new Bench().streaming(START, BLOCK, PING)
    expect(bench.head).toBeUndefined()
    bench.exchange.upstreamChunk(Buffer.from(DELTA))
    expect(bench.head?.status).toBe(200)
    expect(bench.sent).toBe(START + BLOCK + PING + DELTA)
  })

  test('lets an answer without data through at its stop reason', () => {
    const bench = new Bench().streaming(START, STOP_REASON)
    expect(bench.sent).toBe(START + STOP_REASON)
  })

  test('swallows a reset after the terminal event', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA, BLOCK_STOP, STOP_REASON, STOP)
    bench.exchange.upstreamFault(RESET, CONNECTED)
    bench.exchange.downstreamFinished()
    expect(bench.sent.endsWith(STOP)).toBe(true)
    expect(bench.record).toMatchObject({ ending: 'completed' })
    expect(bench.record?.fault).toBeUndefined()
  })

  test('lets an upstream that goes on after its terminal event drain for a second or 64 KiB, and drops that', () => {
    const slow = new Bench().streaming(START, BLOCK, DELTA, BLOCK_STOP, STOP_REASON, STOP)
    slow.exchange.downstreamFinished()
    slow.pass(999)
    expect(slow.record).toBeUndefined()
    slow.pass(1)
    expect(slow.calls.slice(-2)).toEqual(['abort upstream', 'settled'])

    const loud = new Bench().streaming(START, BLOCK, DELTA, BLOCK_STOP, STOP_REASON, STOP)
    loud.exchange.downstreamFinished()
    loud.exchange.upstreamChunk(new Uint8Array(65_537))
    expect(loud.record).toMatchObject({ ending: 'completed', droppedBytes: 65_537 })
  })

  test('has headers that keep caches, buffers and compression off, and none of one hop', () => {
    const bench = new Bench().start()
    bench.exchange.upstreamHead(200, [
      ...SSE,
      'Connection',
      'close, X-Hop',
      'x-hop',
      '1',
      'content-length',
      '5',
      'x-kept',
      'a',
      'x-kept',
      'b',
    ])
    bench.exchange.upstreamChunk(Buffer.from(START + DELTA))
    expect(bench.head?.headers).toEqual([
      ...SSE,
      'x-kept',
      'a',
      'x-kept',
      'b',
      'cache-control',
      'no-cache, no-transform',
      'x-accel-buffering',
      'no',
    ])
  })
})

describe('a cut stream', () => {
  test('ends with one error event behind whole events', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA, DELTA.slice(0, 50))
    bench.exchange.upstreamFault(RESET, CONNECTED)
    expect(bench.sent.startsWith(`${START}${BLOCK}${DELTA}event: error\n`)).toBe(true)
    expect(bench.errorType()).toBe('api_error')
    expect(bench.sent).toContain('"request_id":"req_upstream"')
    expect(bench.calls.slice(-2)).toEqual(['abort upstream', 'end'])
    bench.exchange.downstreamFinished()
    expect(bench.record).toMatchObject({ ending: 'error', fault: { kind: 'body-reset', code: 'ECONNRESET' } })
  })

  test('becomes a real status while no model data was seen', () => {
    const bench = new Bench().streaming(START, BLOCK)
    bench.exchange.upstreamFault(RESET, CONNECTED)
    expect(bench.head?.status).toBe(502)
    expect(bench.head?.headers).toContain('stopbit; error=http_response_incomplete')
    expect(bench.errorType()).toBe('api_error')
    bench.exchange.downstreamFinished()
    expect(bench.record).toMatchObject({ ending: 'error-status', status: 502, upstreamStatus: 200 })
  })

  test('takes a clean end without a terminal event for a cut', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA)
    bench.exchange.upstreamEnd()
    expect(bench.errorType()).toBe('api_error')
    bench.exchange.downstreamFinished()
    expect(bench.record).toMatchObject({ ending: 'error', fault: { kind: 'body-truncated' } })
  })

  test('gets only its sentinel when the stop reason is through', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA, BLOCK_STOP, STOP_REASON)
    bench.exchange.upstreamFault(RESET, CONNECTED)
    bench.exchange.downstreamFinished()
    expect(bench.sent.endsWith(STOP)).toBe(true)
    expect(bench.record).toMatchObject({ ending: 'completed-sentinel', fault: { kind: 'body-reset' } })
  })

  test('keeps the whole events of a chunk whose last event is too large', () => {
    const bench = new Bench({ maxEventBytes: 300 }).streaming(`${START}${BLOCK}${DELTA}data: ${'x'.repeat(300)}`)
    expect(bench.sent.startsWith(`${START}${BLOCK}${DELTA}event: error`)).toBe(true)
  })

  test('is cut by us when an event is larger than maxEventBytes', () => {
    const bench = new Bench({ maxEventBytes: 300 }).streaming(START, BLOCK, DELTA, `data: ${'x'.repeat(300)}`)
    bench.exchange.downstreamFinished()
    expect(bench.record).toMatchObject({ ending: 'error', fault: { kind: 'bad-framing' } })
  })

  test("passes the upstream's own error event on and adds nothing", () => {
    const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    const bench = new Bench().streaming(START, BLOCK, DELTA, error)
    bench.exchange.downstreamFinished()
    bench.exchange.upstreamEnd()
    expect(bench.sent).toBe(START + BLOCK + DELTA + error)
    expect(bench.record).toMatchObject({ ending: 'error', upstreamError: 'overloaded_error' })
  })

  test('is left incomplete where the dialect is unknown', () => {
    const bench = new Bench({}, { target: '/v2/unknown' }).streaming('data: 1\n\n', 'data: 2')
    bench.exchange.upstreamFault(RESET, CONNECTED)
    expect(bench.sent).toBe('data: 1\n\n')
    expect(bench.calls.at(-1)).toBe('leave incomplete')
    bench.exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'incomplete', clientGone: false })
  })
})

describe('the other dialects', () => {
  const chunk = (text: string, reason: string | null = null): string =>
    `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"g","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":${JSON.stringify(reason)}}]}\n\n`
  const candidate = (text: string, more = ''): string =>
    `data: {"candidates":[{"content":{"role":"model","parts":[{"text":"${text}"}]},"index":0${more}}]}\r\n\r\n`

  test('a cut chat stream gets its [DONE] only when every choice that was asked for has finished', () => {
    for (const [n, ending] of [
      [1, 'completed-sentinel'],
      [2, 'error'],
    ] as const) {
      const bench = new Bench({}, { target: '/v1/chat/completions' })
      bench.exchange.start({ stream: true, choiceCount: n })
      bench.exchange.upstreamHead(200, SSE)
      bench.exchange.upstreamChunk(Buffer.from(chunk('Hi') + chunk('', 'stop')))
      bench.exchange.upstreamFault(RESET, CONNECTED)
      bench.exchange.downstreamFinished()
      expect(bench.record).toMatchObject({ dialect: 'openai-chat', ending })
      expect(bench.sent.endsWith('data: [DONE]\n\n')).toBe(n === 1)
    }
  })

  test('a Gemini stream whose answers have finished is complete after finishGraceMs of silence; usage may come in it', () => {
    const bench = new Bench(
      { finishGraceMs: 1_000, heartbeatMs: 'off' },
      { target: '/v1beta/models/m:streamGenerateContent?alt=sse' },
    )
    bench.exchange.start({ stream: true, choiceCount: 1 })
    bench.exchange.upstreamHead(200, SSE)
    bench.exchange.upstreamChunk(Buffer.from(candidate('Hi') + candidate('', ',"finishReason":"STOP"')))
    bench.pass(900).exchange.upstreamChunk(Buffer.from('data: {"usageMetadata":{"totalTokenCount":3}}\r\n\r\n'))
    bench.pass(999)
    expect(bench.calls).not.toContain('end')
    bench.pass(1).exchange.downstreamFinished()
    expect(bench.record).toMatchObject({ dialect: 'gemini', ending: 'completed', events: 3 })
    expect(bench.record?.fault).toBeUndefined()
  })

  test('a Gemini stream that talks on after a stop reason is not finished', () => {
    const bench = new Bench(
      { finishGraceMs: 1_000, heartbeatMs: 'off' },
      { target: '/v1beta/models/m:streamGenerateContent?alt=sse' },
    )
    bench.exchange.start({ stream: true, choiceCount: 1 })
    bench.exchange.upstreamHead(200, SSE)
    bench.exchange.upstreamChunk(Buffer.from(candidate('a', ',"finishReason":"STOP"')))
    for (let i = 0; i < 5; i++) bench.pass(900).exchange.upstreamChunk(Buffer.from(candidate('b')))
    bench.pass(5_000)
    expect(bench.calls).not.toContain('end')
  })

  test('finishGrace stands still while the client does not keep up: the usage waits behind it', () => {
    const bench = new Bench({ finishGraceMs: 1_000 }, { target: '/v1beta/models/m:streamGenerateContent?alt=sse' })
    bench.exchange.start({ stream: true, choiceCount: 1 })
    bench.exchange.upstreamHead(200, SSE)
    bench.keepsUp = false
    bench.exchange.upstreamChunk(Buffer.from(candidate('a', ',"finishReason":"STOP"')))
    bench.pass(30_000)
    expect(bench.calls).not.toContain('end')
    bench.keepsUp = true
    bench.exchange.downstreamDrained()
    bench.exchange.upstreamChunk(Buffer.from('data: {"usageMetadata":{}}\r\n\r\n'))
    expect(bench.pass(1_000).calls).toContain('end')
    expect(bench.sent).toContain('usageMetadata')
  })

  test('a Gemini answer as a JSON array is streamed, and ends as JSON when it is cut', () => {
    const bench = new Bench({}, { target: '/v1beta/models/m:streamGenerateContent' }).start()
    bench.exchange.upstreamHead(200, ['content-type', 'application/json'])
    bench.exchange.upstreamChunk(
      Buffer.from('[{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"index":0}]}\r\n,{"cand'),
    )
    expect(bench.sent).toContain('"Hi"')
    bench.exchange.upstreamFault(RESET, CONNECTED)
    expect(JSON.parse(bench.sent)).toMatchObject([
      { candidates: [{}] },
      { error: { code: 503, status: 'UNAVAILABLE' } },
    ])
  })

  test('a stream on an unknown path is followed in the dialect that it shows, and the record says which', () => {
    const bench = new Bench({}, { target: '/vendor/claude' }).streaming(START, BLOCK, DELTA)
    bench.exchange.upstreamFault(RESET, CONNECTED)
    bench.exchange.downstreamFinished()
    expect(bench.errorType()).toBe('api_error')
    expect(bench.record).toMatchObject({ dialect: 'anthropic-messages', ending: 'error' })
  })

  test('the option dialect rules over the path', () => {
    const bench = new Bench({ dialect: 'anthropic-messages' }, { target: '/vendor/claude' }).start()
    bench.exchange.upstreamFault(RESET, { connected: false, headersReceived: false })
    expect(bench.errorType()).toBe('api_error')
    expect(() => new Bench({ dialect: 'klingon' })).toThrow(
      /Cannot use dialect: must be one of anthropic-messages, .*, got "klingon"/,
    )
  })

  test('the option ending is what a cut stream ends with', () => {
    for (const [ending, ended] of [
      ['keep-partial', 'kept-partial'],
      ['truncate', 'truncated'],
    ] as const) {
      const bench = new Bench({ ending }).streaming(START, BLOCK, DELTA)
      bench.exchange.upstreamFault(RESET, CONNECTED)
      bench.exchange.downstreamFinished()
      expect(bench.record).toMatchObject({ ending: ended, fault: { kind: 'body-reset' } })
    }
  })
})

describe('a failure before an answer', () => {
  test.each([
    ['ECONNREFUSED', { connected: false, headersReceived: false }, 502, 'refused'],
    ['ENOTFOUND', { connected: false, headersReceived: false }, 502, 'dns'],
    ['UND_ERR_CONNECT_TIMEOUT', { connected: false, headersReceived: false }, 504, 'connect-timeout'],
    [
      'ECONNRESET',
      { connected: true, requestSent: true, reused: false, headersReceived: false },
      502,
      'closed-before-headers',
    ],
  ] as const)('%s is an envelope without a word of the runtime', (code, facts, status, kind) => {
    const bench = new Bench().start()
    bench.exchange.upstreamFault(Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code }), facts)
    expect(bench.head?.status).toBe(status)
    const written = `${bench.sent} ${bench.head?.headers.join()}`.replaceAll(/req_\w+/g, '') // random digits prove nothing
    expect(written).not.toMatch(/E[A-Z]{4,}|10\.0|443|UND_/)
    bench.exchange.downstreamFinished()
    expect(bench.record).toMatchObject({ ending: 'error-status', fault: { kind, code } })
  })

  test('is a 504 when the headers clock runs out', () => {
    const bench = new Bench({ headersTimeoutMs: 5_000 }).start().pass(4_999)
    expect(bench.head).toBeUndefined()
    bench.pass(1)
    expect(bench.head?.status).toBe(504)
    expect(bench.errorType()).toBe('timeout_error')
    expect(bench.calls).toContain('abort upstream')
  })

  test("is heard from us before the client's own limit", () => {
    const bench = new Bench({}, { headers: ['X-Stainless-Timeout', '60'] }).start().pass(54_999)
    expect(bench.head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(504)
  })
})

describe('an answer that is no stream of a known dialect', () => {
  test.each([429, 400, 503])('keeps its status %i, whatever type it claims to have', (status) => {
    const bench = new Bench().start()
    bench.exchange.upstreamHead(status, [...SSE, 'retry-after', '7'])
    bench.exchange.upstreamChunk(Buffer.from('{"type":"error"}'))
    bench.exchange.upstreamEnd()
    expect(bench.head).toEqual({ status, headers: [...SSE, 'retry-after', '7'] })
    expect(bench.sent).toBe('{"type":"error"}')
  })

  test('is a 502 when it fails before its first byte, and left incomplete after it', () => {
    const early = new Bench().start()
    early.exchange.upstreamHead(200, ['content-type', 'audio/mpeg'])
    early.exchange.upstreamFault(RESET, CONNECTED)
    expect(early.head?.status).toBe(502)

    const late = new Bench().start()
    late.exchange.upstreamHead(200, ['content-type', 'audio/mpeg'])
    late.exchange.upstreamChunk(Buffer.from('half'))
    late.exchange.upstreamFault(RESET, CONNECTED)
    expect(late.calls).toEqual(['attempt 1', 'head 200', 'abort upstream', 'leave incomplete'])
  })

  test('has its head sent after commitAfterMs of silence', () => {
    const bench = new Bench({ commitAfterMs: 500 }).start()
    bench.exchange.upstreamHead(200, ['content-type', 'audio/mpeg'])
    expect(bench.pass(499).head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(200)
  })

  test('may be empty', () => {
    const bench = new Bench().start()
    bench.exchange.upstreamHead(204, [])
    bench.exchange.upstreamEnd()
    bench.exchange.downstreamFinished()
    expect(bench.record).toMatchObject({ ending: 'completed', status: 204 })
  })
})

describe('a JSON answer', () => {
  test('is held until it is whole, then sent with its length', () => {
    const bench = new Bench().start()
    bench.exchange.upstreamHead(200, JSON_HEAD)
    bench.exchange.upstreamChunk(Buffer.from('{"a":'))
    expect(bench.head).toBeUndefined()
    bench.exchange.upstreamChunk(Buffer.from('"bcd"}'))
    bench.exchange.upstreamEnd()
    expect(bench.sent).toBe('{"a":"bcd"}')
    expect(bench.head?.headers).toEqual(['content-type', 'application/json', 'content-length', '11'])
  })

  test('is a 502 when it is cut, also by a clean end that nothing delimits', () => {
    const reset = new Bench().start()
    reset.exchange.upstreamHead(200, JSON_HEAD)
    reset.exchange.upstreamFault(RESET, CONNECTED)
    expect(reset.head?.status).toBe(502)

    const closed = new Bench().start()
    closed.exchange.upstreamHead(200, ['content-type', 'application/json'])
    closed.exchange.upstreamChunk(Buffer.from('{"a":'))
    closed.exchange.upstreamEnd()
    expect(closed.head?.status).toBe(502)
  })

  test.each(['', 'not JSON'])('that refuses the request keeps its status, with the body %j too', (text) => {
    const bench = new Bench().start()
    bench.exchange.upstreamHead(401, ['content-type', 'application/json'])
    bench.exchange.upstreamChunk(Buffer.from(text))
    bench.exchange.upstreamEnd()
    expect(bench.head?.status).toBe(401)
    expect(bench.sent).toBe(text)
  })

  test('is passed on as it comes beyond maxJsonBytes, and left incomplete when it is then cut', () => {
    const bench = new Bench({ maxJsonBytes: 4 }).start()
    bench.exchange.upstreamHead(200, JSON_HEAD)
    bench.exchange.upstreamChunk(Buffer.from('{"a":'))
    expect(bench.sent).toBe('{"a":')
    bench.exchange.upstreamFault(RESET, CONNECTED)
    expect(bench.calls.at(-1)).toBe('leave incomplete')
  })
})

describe('the clocks', () => {
  test('idle: any byte restarts it, its end is a timeout_error in band', () => {
    const bench = new Bench({ idleTimeoutMs: 1_000, heartbeatMs: 'off' }).streaming(START, BLOCK, DELTA)
    bench.pass(900).exchange.upstreamChunk(Buffer.from(PING))
    bench.pass(999)
    expect(bench.calls).not.toContain('end')
    expect(bench.pass(1).errorType()).toBe('timeout_error')
    bench.exchange.downstreamFinished()
    expect(bench.record).toMatchObject({ fault: { kind: 'body-timeout' }, longestSilenceMs: 1_000 })
  })

  test('progress: a stream of nothing but keep-alives ends', () => {
    const bench = new Bench({ idleTimeoutMs: 1_000, progressTimeoutMs: 5_000 }).streaming(START, BLOCK, DELTA)
    for (let i = 0; i < 9; i++) bench.pass(500).exchange.upstreamChunk(Buffer.from(': keep-alive\n\n'))
    expect(bench.calls).not.toContain('end')
    bench.pass(500).exchange.downstreamFinished()
    expect(bench.record).toMatchObject({ fault: { kind: 'progress-timeout' } })
  })

  test('total: nothing restarts it', () => {
    const bench = new Bench({ totalTimeoutMs: 2_000 }).streaming(START, BLOCK)
    for (let i = 0; i < 20; i++) bench.pass(99).exchange.upstreamChunk(Buffer.from(DELTA))
    expect(bench.calls).not.toContain('end')
    expect(bench.pass(99).calls).toContain('end')
  })

  test('commitAfter sends the head alone, openingHold the opening events', () => {
    const bench = new Bench({ commitAfterMs: 1_000, openingHoldMs: 3_000, heartbeatMs: 'off' }).streaming(START, BLOCK)
    bench.pass(1_000)
    expect(bench.head?.status).toBe(200)
    expect(bench.sent).toBe('')
    bench.pass(2_000)
    expect(bench.sent).toBe(START + BLOCK)
  })

  test('a failure after the head alone releases the opening events before the error', () => {
    const bench = new Bench({ commitAfterMs: 1_000 }).streaming(START, BLOCK).pass(1_000)
    bench.exchange.upstreamFault(RESET, CONNECTED)
    expect(bench.sent.startsWith(`${START}${BLOCK}event: error`)).toBe(true)
  })

  test('heartbeat: a comment while the opening is held, a ping in the answer, none while the client does not read', () => {
    const bench = new Bench({ commitAfterMs: 1_000, heartbeatMs: 100 }).streaming(START, BLOCK)
    bench.pass(1_250)
    expect(bench.sent).toBe(': stopbit\n\n: stopbit\n\n')
    bench.exchange.upstreamChunk(Buffer.from(DELTA))
    bench.sent = ''
    bench.pass(150)
    expect(bench.sent).toBe(PING)
    bench.keepsUp = false
    bench.exchange.upstreamChunk(Buffer.from(DELTA))
    bench.pass(1_000)
    expect(bench.sent).toBe(PING + DELTA)
  })

  test('downstreamStall lets a client go that does not read; idle stands still meanwhile', () => {
    const bench = new Bench({ idleTimeoutMs: 1_000, downstreamStallMs: 5_000 }).streaming(START, BLOCK)
    bench.keepsUp = false
    bench.exchange.upstreamChunk(Buffer.from(DELTA))
    expect(bench.calls.at(-1)).toBe('pause')
    bench.pass(4_999)
    expect(bench.calls.at(-1)).toBe('pause')
    bench.pass(1)
    expect(bench.calls.at(-1)).toBe('abort downstream')
    bench.exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'client-gone' })
  })

  test('downstreamStall runs on while a client takes the end of its answer, and each drain restarts it', () => {
    const bench = new Bench({ downstreamStallMs: 1_000 }).streaming(START, BLOCK)
    bench.keepsUp = false
    bench.exchange.upstreamChunk(Buffer.from(DELTA))
    bench.exchange.upstreamFault(RESET, CONNECTED)
    bench.pass(900).exchange.downstreamDrained()
    bench.pass(999)
    expect(bench.calls).not.toContain('abort downstream')
    expect(bench.pass(1).calls).toContain('abort downstream')
  })

  test('downstreamStall is restarted by any progress, and its end is noted as such', () => {
    const bench = new Bench({ downstreamStallMs: 1_000, idleTimeoutMs: 60_000 }).streaming(START, BLOCK)
    bench.keepsUp = false
    bench.exchange.upstreamChunk(Buffer.from(DELTA))
    for (let i = 0; i < 10; i++) bench.pass(900).exchange.downstreamProgressed()
    expect(bench.calls).not.toContain('abort downstream')
    bench.pass(1_000).exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'client-gone', clientStalled: true })
  })

  test('headers and total run from the accepted request, with a second left after the slowest upload', () => {
    const bench = new Bench({ headersTimeoutMs: 5_000 }).pass(3_000).start()
    expect(bench.pass(1_999).head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(504)
    const slow = new Bench({ headersTimeoutMs: 5_000 }).pass(60_000).start()
    expect(slow.pass(999).head).toBeUndefined()
    expect(slow.pass(1).head?.status).toBe(504)
  })

  test('idle does not run for an unknown event stream that was asked for by GET', () => {
    const bench = new Bench({}, { method: 'GET', target: '/v1/side-channel' }).streaming('data: 1\n\n').pass(10_000_000)
    expect(bench.calls).toEqual(['attempt 1', 'head 200'])
    expect(bench.wakeTime).toBe(Infinity)
  })

  test('idle runs for a known stream that was asked for by GET', () => {
    const target = '/v1/responses/resp_1?stream=true&starting_after=7'
    const bench = new Bench({ idleTimeoutMs: 1_000 }, { method: 'GET', target }).streaming(': hello\n\n')
    expect(bench.pass(1_000).head?.status).toBe(504)
  })

  test('idle goes on with what it had left when the client has caught up', () => {
    const bench = new Bench({ idleTimeoutMs: 1_000, heartbeatMs: 'off' }).streaming(START, BLOCK)
    bench.keepsUp = false
    bench.exchange.upstreamChunk(Buffer.from(DELTA))
    bench.pass(3_000)
    bench.keepsUp = true
    bench.exchange.downstreamDrained()
    expect(bench.calls.at(-1)).toBe('resume')
    bench.pass(999)
    expect(bench.calls).not.toContain('end')
    expect(bench.pass(1).calls).toContain('end')
  })
})

describe('a client that goes', () => {
  test.each(['asking', 'holding', 'committed'])('while %s has its upstream closed at once', (phase) => {
    const bench = new Bench().start()
    if (phase !== 'asking') bench.exchange.upstreamHead(200, SSE)
    if (phase === 'committed') bench.exchange.upstreamChunk(Buffer.from(START + DELTA))
    bench.exchange.downstreamGone()
    expect(bench.calls.slice(-2)).toEqual(['abort upstream', 'settled'])
    expect(bench.record).toMatchObject({ ending: 'client-gone', clientGone: true, fault: { kind: 'client-gone' } })
  })

  test('before it took the end of its answer is noted', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA)
    bench.exchange.upstreamFault(RESET, CONNECTED)
    bench.exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'error', clientGone: true })
  })
})

test('finish() ends a stream in band and an unanswered request with a status', () => {
  const stream = new Bench().streaming(START, BLOCK, DELTA)
  stream.exchange.finish()
  expect(stream.errorType()).toBe('overloaded_error')
  const asking = new Bench().start()
  asking.exchange.finish()
  expect(asking.head?.status).toBe(529)
})

describe('the request upstream', () => {
  test('has no header of one hop or of ours, and asks for an uncoded body', () => {
    const headers = [
      'Host',
      'localhost:1',
      'Connection',
      'keep-alive, x-secret',
      'X-Secret',
      '1',
      'Accept-Encoding',
      'gzip',
      'X-Stopbit-Token',
      't',
      'x-api-key',
      'k',
    ]
    const { upstreamRequest } = new Bench({}, { headers }).start()
    expect(upstreamRequest?.headers).toEqual(['x-api-key', 'k', 'accept-encoding', 'identity'])
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
    const bench = new Bench()
    const exchange = new Exchange({
      request: { method: 'POST', target: '/v1/messages', headers },
      options: resolveExchangeOptions(),
      sink: bench,
      clock: { now: () => 0 },
      credential: 'ours',
    })
    exchange.start({})
    expect(bench.upstreamRequest?.headers).toEqual(['accept-encoding', 'identity', ...expected])
  })

  test.each(['/../other/v1/messages', '/a/%2e%2E/b', '/v1/.', '/v1\\..\\x', 'http://h/%2e./x'])(
    'is refused with 400 for the target %s, which could leave the path of the upstream',
    (target) => {
      const bench = new Bench({}, { target }).start()
      expect(bench.head?.status).toBe(400)
      expect(bench.upstreamRequest).toBeUndefined()
      bench.exchange.downstreamFinished()
      expect(bench.record).toMatchObject({ ending: 'error-status', attempts: [] })
    },
  )

  test.each([
    ['/v1/messages?a=b', '/v1/messages?a=b'],
    ['/v1/..hidden/a.b?c=/../d', '/v1/..hidden/a.b?c=/../d'],
    ['http://evil.example/v1/messages?a=b', '/v1/messages?a=b'],
    ['*', '/'],
  ])('for the target %s has the path %s', (target, path) => {
    expect(new Bench({}, { target }).start().upstreamRequest?.path).toBe(path)
  })
})

test('any inputs in any order settle, with at most one head, one ending and one record', () => {
  const chunk = fc.constantFrom(
    START,
    BLOCK,
    DELTA,
    BLOCK_STOP,
    STOP_REASON,
    STOP,
    PING,
    ': c\n\n',
    'event: error\ndata: x\n\n',
    DELTA.slice(0, 40),
    '{"a":1}',
  )
  const step = fc.oneof(
    { weight: 5, arbitrary: chunk.map((text) => ['chunk', text] as const) },
    fc.constantFrom(
      ['start'] as const,
      ['connected'] as const,
      ['end'] as const,
      ['fault'] as const,
      ['drained'] as const,
    ),
    fc.constantFrom(
      ['finished'] as const,
      ['gone'] as const,
      ['finish'] as const,
      ['full'] as const,
      ['wake'] as const,
    ),
    fc
      .constantFrom(SSE, JSON_HEAD, ['content-type', 'text/html'], ['content-type', 'application/json'])
      .map((headers) => ['head', headers] as const),
    fc.integer({ min: 1, max: 400_000 }).map((ms) => ['pass', ms] as const),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, known) => {
      const bench = new Bench({}, known ? {} : { target: '/other' })
      for (const [name, value] of [['start'] as const, ...steps]) {
        if (name === 'start') bench.exchange.start({ stream: true })
        if (name === 'connected') bench.exchange.upstreamConnected(true)
        if (name === 'head') bench.exchange.upstreamHead(200, value)
        if (name === 'chunk') bench.exchange.upstreamChunk(Buffer.from(value))
        if (name === 'end') bench.exchange.upstreamEnd()
        if (name === 'fault') bench.exchange.upstreamFault(RESET, CONNECTED)
        if (name === 'drained') bench.exchange.downstreamDrained()
        if (name === 'finished') bench.exchange.downstreamFinished()
        if (name === 'gone') bench.exchange.downstreamGone()
        if (name === 'finish') bench.exchange.finish()
        if (name === 'full') bench.keepsUp = !bench.keepsUp
        if (name === 'wake') bench.exchange.wake()
        if (name === 'pass') bench.pass(value)
      }
      bench.pass(10_000_000)
      if (bench.record === undefined) {
        expect(bench.calls).toContain('abort downstream')
        bench.exchange.downstreamGone()
      }
      const count = (call: string): number => bench.calls.filter((made) => made.startsWith(call)).length
      expect(count('settled')).toBe(1)
      expect(count('attempt')).toBe(1)
      expect(count('head')).toBeLessThanOrEqual(1)
      expect(count('end') + count('leave incomplete')).toBeLessThanOrEqual(1)
      expect(bench.wakeTime).toBe(Infinity)
    }),
    { numRuns: 3_000 },
  )
})
