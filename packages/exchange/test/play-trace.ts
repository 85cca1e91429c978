import { readRequestFacts } from '@stopbit/sse'
import {
  effectiveLimits,
  resolveRequest,
  resolveSend,
  type Limits,
  type Outcome,
  type RequestStep,
  type SendStep,
  type Trace,
  type UpstreamConnectionScript,
  type UpstreamStep,
} from '@stopbit/traces'
import { expect } from 'vitest'
import type { ExchangeOptions } from '../src/options.ts'
import { Origin } from '../src/origin.ts'
import type { RetryPolicy } from '../src/retry-policy.ts'
import { Bench, FAILURES } from './bench.ts'

/** Longer than any clock that could still end an exchange. */
const LONG_MS = 3_000_000

/** One connection to the upstream of a trace, as far as its script has come. */
class Connection {
  readonly #script: readonly UpstreamStep[]
  #at = 0
  #requests = 0
  #headers: readonly string[] = []
  /** Body bytes that the head still promises. */
  #left = Infinity
  state: 'open' | 'closed' = 'open'

  constructor({ script }: UpstreamConnectionScript) {
    this.#script = script
  }

  /** Nothing listens: no request ever reaches it. */
  get refuses(): boolean {
    return this.#script[0]?.do === 'refuse'
  }

  /** Serves one request: all steps up to the next time that a request is waited for. */
  serve(bench: Bench, sent: Uint8Array[], leave: () => void): void {
    this.#headers = []
    let hasRead = false
    for (; this.#at < this.#script.length; this.#at++) {
      const step = this.#script[this.#at]
      if (step === undefined || (step.do === 'read-request' && hasRead)) return
      if (step.do === 'read-request') {
        hasRead = true
        if (step.until === 'head') this.#requests++
        bench.exchange.upstreamConnected(this.#requests++ > 0)
      } else if (step.do === 'loop') this.#at = -1
      else this.#play(step, bench, sent, leave)
      if (this.state === 'closed') return
    }
    this.state = 'closed' // a further request on it is reset, so a pool would not have it
  }

  #play(step: UpstreamStep, bench: Bench, sent: Uint8Array[], leave: () => void): void {
    switch (step.do) {
      case 'accept':
        return void bench.pass(step.delayMs)
      case 'wait':
        return void bench.pass(step.ms)
      case 'refuse':
        this.state = 'closed'
        return void bench.fail(FAILURES.refused)
      case 'send':
        return this.#send(step, bench, sent)
      case 'chunk-end':
        return void (bench.isUnderWay && bench.endBody())
      case 'fin':
      case 'rst':
        return this.#close(step.do, bench)
      case 'stall':
        return void bench.pass(LONG_MS)
      case 'expect-abort':
        leave()
        expect(bench.isUnderWay, 'an upstream that is read on for nobody').toBe(false)
        return
      default: // A machine without sockets does everything at once: there is nothing to wait for.
    }
  }

  #send(step: SendStep, bench: Bench, sent: Uint8Array[]): void {
    if (!bench.isUnderWay) return
    const { payload } = resolveSend(step)
    if (step.as === 'head') {
      const [first = '', ...fields] = Buffer.from(payload).toString().trimEnd().split('\r\n')
      this.#headers = fields.flatMap((field) => [
        field.slice(0, field.indexOf(':')),
        field.slice(field.indexOf(':') + 1).trim(),
      ])
      const length = this.#headers.findIndex((name) => name.toLowerCase() === 'content-length')
      this.#left = length < 0 ? Infinity : Number(this.#headers[length + 1])
      return void bench.answer(Number(first.split(' ')[1]), this.#headers)
    }
    sent.push(payload)
    this.#left -= payload.byteLength
    const edges = [0, ...(step.splitAt ?? everyOffset(payload.byteLength, step.chunkBytes)), payload.byteLength]
    edges.forEach((edge, i) => {
      const piece = payload.subarray(edge, edges[i + 1])
      if (piece.byteLength > 0 && i + 1 < edges.length) bench.exchange.upstreamChunk(piece)
    })
    if (this.#left <= 0 && bench.isUnderWay) bench.endBody()
  }

  #close(how: 'fin' | 'rst', bench: Bench): void {
    this.state = 'closed'
    if (!bench.isUnderWay) return
    const isDelimitedByClose = !this.#headers.some((name) => /^(?:content-length|transfer-encoding)$/i.test(name))
    if (this.#headers.length === 0) bench.fail(this.#requests > 1 ? FAILURES.stale : FAILURES.closed)
    else if (how === 'fin' && isDelimitedByClose) bench.endBody()
    else bench.fail(FAILURES.reset)
  }
}

function everyOffset(byteLength: number, size = Infinity): number[] {
  return Array.from({ length: Math.ceil(byteLength / size) - 1 }, (_, i) => (i + 1) * size)
}

/** An exchange of a trace, over: how it ended for the client, and what the upstream saw of it. */
export interface PlayedExchange {
  readonly bench: Bench
  readonly outcome: Outcome
  /** Bytes of the answers' bodies, in the order in which they were sent. */
  readonly sent: string
  /** Requests that reached the upstream. */
  readonly requestCount: number
}

/** Plays all exchanges of a trace against the machine alone, in virtual time. */
export function playTrace(trace: Trace, retry: RetryPolicy): PlayedExchange[] {
  const time = { now: 0 }
  const origin = new Origin({ now: () => time.now })
  const scripts = [...trace.upstream.connections]
  const open: Connection[] = []
  const options = { ...toOptions(effectiveLimits(trace.limits)), retry }
  const abort = trace.client.find((step) => step.do === 'abort')

  const take = (kind: 'any' | 'fresh'): Connection | undefined => {
    const idle = kind === 'any' ? open.find(({ state }) => state === 'open') : undefined
    if (idle !== undefined) return idle
    const script = scripts[0]?.reuse === 'any' || scripts[0]?.script[0]?.do === 'refuse' ? scripts[0] : scripts.shift()
    if (script === undefined) return undefined
    const connection = new Connection(script)
    open.push(connection)
    return connection
  }

  return trace.client.flatMap((step): PlayedExchange[] => {
    if (step.do === 'wait' && typeof step.ms === 'number') time.now += step.ms
    if (step.do !== 'request') return []
    const { bench, facts } = benchFor(step, options, { time, origin })
    const sent: Uint8Array[] = []
    let requestCount = 0
    bench.start(facts)
    while (bench.record === undefined) {
      const connection =
        bench.isUnderWay && !bench.hasEnded ? take(bench.requests.at(-1)?.connection ?? 'any') : undefined
      if (bench.isUnderWay && !bench.hasEnded && connection === undefined) {
        requestCount++
        bench.fail(FAILURES.closed) // beyond the list: reset at its first request
      } else if (connection !== undefined) {
        if (!connection.refuses) requestCount++
        connection.serve(bench, sent, () => bench.exchange.downstreamGone())
      }
      if (bench.hasEnded) bench.finished()
      else if (abort !== undefined) bench.exchange.downstreamGone()
      bench.pass(bench.hasEnded ? 1_000 : 10_000)
      expect(time.now, 'an exchange that does not end').toBeLessThan(10 * LONG_MS)
    }
    return [{ bench, outcome: outcomeOf(bench), sent: Buffer.concat(sent).toString(), requestCount }]
  })
}

function benchFor(step: RequestStep, options: ExchangeOptions, shared: { time: { now: number }; origin: Origin }) {
  const { method, path, headers, body } = resolveRequest(step)
  const request = { method, target: path, headers: Object.entries(headers).flat() }
  return { bench: new Bench(options, { request, ...shared }), facts: readRequestFacts(Buffer.from(body)) }
}

/** The limits of an exchange: the others are those of a transport and of a listener. */
function toOptions(limits: Limits): ExchangeOptions {
  const { headersTimeoutMs, idleTimeoutMs, progressTimeoutMs, totalTimeoutMs, commitAfterMs, heartbeatMs } = limits
  return { headersTimeoutMs, idleTimeoutMs, progressTimeoutMs, totalTimeoutMs, commitAfterMs, heartbeatMs }
}

function outcomeOf({ record }: Bench): Outcome {
  switch (record?.ending) {
    case 'completed':
      return (record.status ?? 0) < 400 ? 'completed' : 'error-status'
    case 'completed-sentinel':
    case 'error-status':
    case 'incomplete':
      return record.ending
    case 'client-gone':
      return 'client-left'
    default:
      return 'error-in-band'
  }
}
