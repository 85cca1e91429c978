import { classifyFault } from '@stopbit/faults'
import { MemoryBudget } from '../src/memory-budget.ts'
import type { Run, Step } from './arbitrary-run.ts'
import { Bench } from './bench.ts'
import { PING, textOf } from './streams.ts'

const HEARTBEATS = [': stopbit\n\n', ': stopbit\r\n\r\n', PING]

/** The world around one exchange: what it fed of the current attempt, and how many attempts were fully sent. */
export class World {
  readonly bench: Bench
  readonly #run: Run
  #offset = 0
  #fed: Uint8Array[] = []
  #hasHead = false
  sentAttempts = new Set<number>()
  hasLeft = false

  constructor(run: Run) {
    const { target } = run.stream
    const setup = { request: { method: run.method, target }, memory: new MemoryBudget(run.memoryBytes) }
    this.#run = run
    this.bench = new Bench(run.options, setup)
    const { bench } = this
    bench.answerAtOnce = (call) => {
      if (call.startsWith('attempt')) {
        this.#fed = []
        this.#hasHead = false
      }
      if (!run.answersAtOnce) return
      if (call === 'end') bench.exchange.downstreamFinished()
      if (call === 'leave incomplete' || call === 'abort downstream') bench.exchange.downstreamGone()
    }
  }

  start(): void {
    this.bench.start(this.#run.isUnread ? {} : this.#run.stream.facts, this.#run.body)
  }

  play(step: Step): void {
    const { bench } = this
    const { exchange } = bench
    switch (step.do) {
      case 'head':
        if (bench.isUnderWay) this.sentAttempts.add(bench.requests.length)
        this.#offset = 0
        this.#hasHead = bench.isUnderWay
        return void bench.answer(step.head.status, step.head.headers ?? this.#run.stream.headers)
      case 'next':
        return this.#next(step.byteLength)
      case 'other':
        return this.#feed(Buffer.from(step.text))
      case 'rest':
        return this.#next(Infinity)
      case 'fault': {
        const { error, facts } = step.failure
        const isUnsent = classifyFault(facts, error).retrySafety === 'never-sent'
        const isSent = facts.connected !== false && facts.requestSent !== false && !isUnsent
        if (bench.isUnderWay && isSent) this.sentAttempts.add(bench.requests.length)
        return void bench.fail(step.failure)
      }
      case 'pass':
        return void bench.pass(step.ms)
      case 'request':
        return void exchange.requestChunk(step.byteLength)
      case 'start':
        return this.start()
      case 'end':
        return void bench.endBody()
      case 'queued':
        return exchange.upstreamQueued()
      case 'connected':
        return exchange.upstreamConnected(true)
      case 'awaited':
        return exchange.requestAwaited()
      case 'progressed':
        return exchange.downstreamProgressed()
      case 'drained':
        return exchange.downstreamDrained()
      case 'full':
        bench.keepsUp = !bench.keepsUp
        return
      case 'wake':
        return exchange.wake()
      case 'finished':
        return exchange.downstreamFinished()
      case 'gone':
        return exchange.downstreamGone()
      case 'misused':
        return exchange.misused('response-begun')
      case 'finish':
        return exchange.finish()
    }
  }

  #next(byteLength: number): void {
    const text = Buffer.from(textOf(this.#run.stream))
    const bytes = text.subarray(this.#offset, this.#offset + byteLength)
    this.#offset += bytes.byteLength
    if (bytes.byteLength > 0) this.#feed(bytes)
  }

  #feed(bytes: Uint8Array): void {
    if (this.bench.isUnderWay && this.#hasHead) this.#fed.push(bytes)
    this.bench.exchange.upstreamChunk(bytes)
  }

  /** All bytes that were fed of the last attempt. */
  get fed(): string {
    return Buffer.concat(this.#fed).toString('latin1')
  }

  /** The parts of what the client got that are neither heartbeats nor the upstream's bytes, in their order. */
  get added(): string[] {
    const { fed } = this
    // How far the upstream's bytes may have gone out: it pings in the same words as we do, so there is more than one answer.
    let ways = new Set([0])
    const added: string[] = []
    for (const part of this.bench.parts.map((bytes) => Buffer.from(bytes).toString('latin1'))) {
      // A last event that lacked no more than its line end is whole.
      const next = [...ways].filter((at) => fed.startsWith(part.trimEnd(), at)).map((at) => at + part.length)
      if (HEARTBEATS.includes(part)) next.push(...ways)
      ways = new Set(next)
      if (ways.size === 0) added.push(part)
    }
    return added
  }
}

/** An upstream may ping in the same words as we do. */
export function withoutHeartbeats(text: string): string {
  return HEARTBEATS.reduce((rest, heartbeat) => rest.replaceAll(heartbeat, ''), text)
}
