import type { TransportFacts } from '@stopbit/faults'
import type { RequestFacts } from '@stopbit/sse'
import { expect } from 'vitest'
import { Exchange } from '../src/exchange.ts'
import type { ExchangeContext } from '../src/machine/core.ts'
import { MemoryBudget } from '../src/memory-budget.ts'
import { resolveExchangeOptions, type ExchangeOptions } from '../src/options.ts'
import type { ExchangeRecord } from '../src/record.ts'
import type { ExchangeSink, StallWarning, UpstreamRequest } from '../src/sink.ts'
import { eventsOf, SSE, type Stream } from './streams.ts'

/** An error, and what the transport knows about the attempt that it ended. */
export interface Failing {
  readonly error: unknown
  readonly facts: TransportFacts
}

const RESET = Object.assign(new Error('read ECONNRESET 10.0.0.1:443'), { code: 'ECONNRESET' })

function coded(code: string): Error {
  return Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code })
}

const SENT = { connected: true, requestSent: true, reused: false } as const

/** The ways of an attempt to fail. */
export const FAILURES = {
  refused: { error: coded('ECONNREFUSED'), facts: { connected: false, headersReceived: false } },
  dns: { error: coded('ENOTFOUND'), facts: { connected: false, headersReceived: false } },
  connectTimeout: { error: coded('UND_ERR_CONNECT_TIMEOUT'), facts: { connected: false, headersReceived: false } },
  untrusted: { error: coded('CERT_HAS_EXPIRED'), facts: { connected: false, secure: true, headersReceived: false } },
  breakerOpen: { error: coded('STOPBIT_BREAKER_OPEN'), facts: { connected: false, headersReceived: false } },
  refusedStream: { error: coded('HTTP2RefusedStream'), facts: { ...SENT, headersReceived: false } },
  stale: {
    error: RESET,
    facts: { ...SENT, reused: true, sinceSentMs: 3, responseStarted: false, headersReceived: false },
  },
  closed: { error: RESET, facts: { ...SENT, sinceSentMs: 3, responseStarted: false, headersReceived: false } },
  uploadBroken: { error: RESET, facts: { connected: true, requestSent: false, headersReceived: false } },
  unknown: { error: new Error('fetch failed'), facts: { headersReceived: false } },
  reset: { error: RESET, facts: { ...SENT, responseStarted: true, headersReceived: true } },
  undecodable: { error: coded('Z_DATA_ERROR'), facts: { ...SENT, responseStarted: true, headersReceived: true } },
} as const satisfies Record<string, Failing>

/** What a bench differs in from the usual one. */
export interface BenchSetup extends Partial<Omit<ExchangeContext, 'request' | 'options' | 'sink' | 'clock'>> {
  readonly request?: Partial<ExchangeContext['request']>
  /** The virtual time that several benches share. Default: one of its own. */
  readonly time?: { now: number }
}

/**
 * An exchange in virtual time, with everything that it asked of the world. It holds the machine to the protocol of a sink:
 * one head and nothing before it, one end and nothing after it, one attempt at a time, one record and nothing after it.
 */
export class Bench implements ExchangeSink {
  readonly time: { now: number }
  wakeTime = Infinity
  readonly calls: string[] = []
  readonly requests: UpstreamRequest[] = []
  readonly attemptTimes: number[] = []
  /** The attempt under way may still be fed. */
  isUnderWay = false
  isPaused = false
  head: { status: number; headers: readonly string[] } | undefined
  headAt: number | undefined
  readonly parts: Uint8Array[] = []
  /** The last bytes are written. */
  hasEnded = false
  record: ExchangeRecord | undefined
  releasedAt: string | undefined
  readonly warnings: StallWarning[] = []
  keepsUp = true
  /** A world that answers a call of the machine at once: `calls` has it, or it is `write`. */
  answerAtOnce: ((call: string) => void) | undefined
  readonly memory: MemoryBudget
  readonly exchange: Exchange

  constructor(options: ExchangeOptions = {}, setup: BenchSetup = {}) {
    const { request, time = { now: 1_000 }, memory = new MemoryBudget(), ...context } = setup
    this.time = time
    this.memory = memory
    this.exchange = new Exchange({
      request: { method: 'POST', target: '/v1/messages?beta=true', headers: [], ...request },
      options: resolveExchangeOptions(options),
      sink: this,
      clock: { now: () => this.time.now },
      memory,
      random: () => 0.5,
      ...context,
    })
  }

  /** Everything that the client got. */
  get sent(): string {
    return Buffer.concat(this.parts).toString()
  }

  get now(): number {
    return this.time.now
  }

  // What the world feeds

  start(facts: RequestFacts = { stream: true }, body?: 'none' | 'kept' | 'streamed'): this {
    this.exchange.start(facts, body)
    return this
  }

  answer(status: number, headers: readonly string[] = SSE): this {
    this.exchange.upstreamHead(status, headers)
    return this
  }

  chunk(...texts: readonly string[]): this {
    for (const text of texts) this.exchange.upstreamChunk(Buffer.from(text))
    return this
  }

  endBody(): this {
    this.isUnderWay = false
    this.exchange.upstreamEnd()
    return this
  }

  fail({ error, facts }: Failing = FAILURES.reset): this {
    this.isUnderWay = false
    this.exchange.upstreamFault(error, facts)
    return this
  }

  /** The upstream answers with an event stream and these events. */
  streaming(...events: readonly string[]): this {
    return this.start()
      .answer(200)
      .chunk(...events)
  }

  /** The whole of this stream, from its head to the end of the body. */
  whole(stream: Stream): this {
    this.answer(200, stream.headers).chunk(...eventsOf(stream))
    if (this.isUnderWay) this.endBody()
    return this
  }

  /** The client has taken the end. */
  finished(): this {
    this.exchange.downstreamFinished()
    return this
  }

  /** Lets time pass, with every wake-up that falls into it. */
  pass(ms: number): this {
    const until = this.now + ms
    while (this.wakeTime <= until) {
      this.time.now = Math.max(this.now, this.wakeTime)
      this.wakeTime = Infinity
      this.exchange.wake()
    }
    this.time.now = until
    return this
  }

  // What the machine asks for

  sendAttempt(attempt: number, request: UpstreamRequest): void {
    expect(this.isUnderWay, 'an attempt beside another one').toBe(false)
    expect(this.releasedAt, 'an attempt with a request that was let go').toBeUndefined()
    expect(attempt).toBe(this.requests.length + 1)
    this.requests.push(request)
    this.attemptTimes.push(this.now)
    this.isUnderWay = true
    this.isPaused = false
    this.note(`attempt ${attempt}`)
  }
  releaseRequest(): void {
    expect(this.record, 'release after the record').toBeUndefined()
    expect(this.releasedAt, 'a second release').toBeUndefined()
    this.releasedAt = this.calls.at(-1) ?? 'start'
  }
  abortUpstream(): void {
    expect(this.isUnderWay, 'an abort of no attempt').toBe(true)
    this.isUnderWay = false
    this.note('abort upstream')
  }
  decodeUpstream(coding: string): boolean {
    expect(this.isUnderWay, 'a coding of no attempt').toBe(true)
    this.note(`decode ${coding}`)
    return coding === 'gzip'
  }
  stalled(warning: StallWarning): void {
    expect(this.record, 'a warning after the record').toBeUndefined()
    this.warnings.push(warning)
  }
  pauseUpstream(): void {
    this.isPaused = true
    this.note('pause')
  }
  resumeUpstream(): void {
    this.isPaused = false
    this.note('resume')
  }
  writeHead(status: number, headers: readonly string[]): void {
    expect(this.head, 'a second head').toBeUndefined()
    expect(headers.length % 2).toBe(0)
    this.head = { status, headers }
    this.headAt = this.now
    this.note(`head ${status}`)
  }
  write(bytes: Uint8Array): boolean {
    expect(this.record, 'bytes after the record').toBeUndefined()
    expect(this.head, 'bytes before the head').toBeDefined()
    expect(this.hasEnded, 'bytes after the end').toBe(false)
    expect(bytes.byteLength).toBeGreaterThan(0)
    this.parts.push(bytes)
    const { keepsUp } = this
    this.answerAtOnce?.('write')
    return keepsUp
  }
  end(): void {
    expect(this.head, 'an end before the head').toBeDefined()
    this.#close()
    this.note('end')
  }
  leaveIncomplete(): void {
    this.#close()
    this.note('leave incomplete')
  }
  abortDownstream(): void {
    this.note('abort downstream')
  }
  wakeAt(time: number): void {
    expect(this.record, 'a wish to be woken after the record').toBeUndefined()
    this.wakeTime = time
  }
  settled(record: ExchangeRecord): void {
    expect(this.record, 'a second record').toBeUndefined()
    expect(this.isUnderWay, 'a record with an attempt under way').toBe(false)
    expect(this.wakeTime, 'a record with a wake-up to come').toBe(Infinity)
    expect(record.attempts.length).toBe(this.requests.length)
    expect(record.status).toBe(this.head?.status)
    this.calls.push('settled')
    this.record = record
    this.answerAtOnce?.('settled')
  }

  #close(): void {
    expect(this.hasEnded, 'a second end').toBe(false)
    this.hasEnded = true
  }

  note(call: string): void {
    expect(this.record, `${call} after the record`).toBeUndefined()
    this.calls.push(call)
    this.answerAtOnce?.(call)
  }

  // What tests look at

  count(call: string): number {
    return this.calls.filter((made) => made.startsWith(call)).length
  }

  /** The error type in what was sent last. */
  errorType(): string {
    const data = /event: error\ndata: (.*)\n\n$/.exec(this.sent)?.[1] ?? this.sent
    return (JSON.parse(data) as { error: { type: string } }).error.type
  }

  header(name: string): string | undefined {
    const { headers = [] } = this.head ?? {}
    const at = headers.findIndex((field, i) => i % 2 === 0 && field.toLowerCase() === name)
    return at === -1 ? undefined : headers[at + 1]
  }
}
