import { effectiveLimits, isFaultStep, resolveSend, type Trace, type UpstreamConnectionScript } from '@stopbit/traces'
import type { BarrierStep, SendStep, UpstreamStep } from '@stopbit/traces'
import type { Pause, Schedule, Script } from './schedule.ts'
import type { PlayedSink } from './played-sink.ts'
import { UpstreamCall } from './upstream-call.ts'

/** Without a byte for so long, a client counts as quiet: the suite's own number. */
const QUIET_MS = 300

/** One connection: open and waiting for a request, busy with one, or closed. */
interface Connection {
  call: UpstreamCall | undefined
  requests: number
  state: 'open' | 'closed'
}

/** The upstream of a trace: plays its scripts in virtual time, for the proxy that dispatches to it. */
export class PlayedUpstream {
  /** Requests that reached it. */
  requestCount = 0
  /** Scripts that wait for the client to leave. */
  awaitingLeave = 0
  readonly #schedule: Schedule
  readonly #scripts: UpstreamConnectionScript[]
  readonly #connections: Connection[] = []
  readonly #connectTimeoutMs: number
  readonly #paceMs: number

  constructor(trace: Trace, schedule: Schedule, paceMs: number) {
    this.#schedule = schedule
    this.#scripts = [...trace.upstream.connections]
    this.#connectTimeoutMs = effectiveLimits(trace.limits).connectTimeoutMs ?? Infinity
    this.#paceMs = paceMs
  }

  /** Sends a request on a connection that is kept, else on a new one. Answers with how to abort it. */
  dispatch(sink: PlayedSink, wants: 'any' | 'fresh'): () => void {
    const call = new UpstreamCall(sink, () => this.#schedule.now)
    const idle = this.#connections.find(({ state, call: busy }) => state === 'open' && busy === undefined)
    if (wants === 'any' && idle !== undefined) {
      idle.call = call
      return () => this.#abort(idle, call)
    }
    const [first] = this.#scripts
    const next = first?.reuse === 'any' || first?.script[0]?.do === 'refuse' ? first : this.#scripts.shift()
    const connection: Connection = { call, requests: 0, state: 'open' }
    this.#connections.push(connection)
    this.#schedule.add(this.#play(connection, next?.script ?? [{ do: 'read-request' }, { do: 'rst' }]))
    return () => this.#abort(connection, call)
  }

  #abort(connection: Connection, call: UpstreamCall): void {
    if (!call.isUnderWay) return
    call.abort()
    call.sink.note({ lane: 'upstream', kind: 'left' })
    connection.state = 'closed'
  }

  *#play(connection: Connection, script: readonly UpstreamStep[]): Script {
    const [first] = script
    if (first?.do === 'refuse') return this.#refuse(connection)
    if (first?.do === 'stall') return yield* this.#neverConnect(connection)
    for (let at = 0; at < script.length; at++) {
      const step = script[at]
      if (step === undefined || connection.state === 'closed') return
      if (step.do === 'loop') at = -1
      else if (step.do === 'read-request') yield* this.#read(connection, at > 0 && isHeadRead(script[at - 1]))
      else yield* this.#step(connection, step)
      this.#release(connection)
    }
    yield* this.#read(connection, false) // a further request is reset
    if (connection.state === 'open') this.#close(connection, 'rst', false)
  }

  #refuse(connection: Connection): void {
    connection.state = 'closed'
    connection.call?.sink.note({ lane: 'upstream', kind: 'refused', fault: true })
    connection.call?.fail('refused')
  }

  *#neverConnect(connection: Connection): Script {
    const { call } = connection
    call?.sink.note({ lane: 'upstream', kind: 'silent', fault: true })
    yield this.#schedule.after(this.#connectTimeoutMs)
    connection.state = 'closed'
    if (call?.isUnderWay === true) call.fail('connectTimeout')
  }

  /** Waits for a request; the rest of one that has come is there already. */
  *#read(connection: Connection, isRest: boolean): Script {
    if (isRest) return
    this.#release(connection)
    yield this.#until(() => connection.call !== undefined || connection.state === 'closed')
    if (connection.call === undefined) return
    this.requestCount++
    connection.call.connected(connection.requests++ > 0)
  }

  *#step(connection: Connection, step: UpstreamStep): Script {
    const { call } = connection
    const isFault = isFaultStep(step)
    if (isFault || (step.do === 'send' && step.as !== 'head')) yield this.#schedule.after(this.#paceMs)
    switch (step.do) {
      case 'accept':
        return yield this.#schedule.after(step.delayMs)
      case 'wait':
        return yield this.#schedule.after(step.ms)
      case 'send':
        if (call !== undefined) yield* this.#send(call, step, isFault)
        return
      case 'chunk-end':
        return call?.end(isFault)
      case 'fin':
      case 'rst':
        return this.#close(connection, step.do, isFault)
      case 'stall':
        call?.sink.note({ lane: 'upstream', kind: 'silent', ...(isFault && { fault: true }) })
        return yield this.#until(() => connection.state === 'closed')
      case 'expect-abort':
        this.awaitingLeave++
        return yield this.#until(() => connection.state === 'closed')
      case 'barrier':
        if (step.until === 'client-closed') this.awaitingLeave++
        if (call !== undefined) yield this.#barrier(call, step)
        return
      default: // What cannot be played is kept out by `whyNotPlayable`.
    }
  }

  *#send(call: UpstreamCall, step: SendStep, isFault: boolean): Script {
    const { payload, parts } = resolveSend(step)
    if (step.as === 'head') call.head(payload)
    else
      for (const [index, part] of parts.entries()) {
        if (index > 0) yield this.#schedule.after(step.everyMs ?? this.#paceMs)
        call.body(part, isFault)
      }
  }

  #barrier({ sink, sentEvents }: UpstreamCall, { until, n, elseMs }: BarrierStep): Pause {
    const deadline = this.#schedule.now + elseMs
    const isHeld = (): boolean => {
      if (sink.hasEnded) return true
      if (until === 'client-has-complete-events') return sink.relayedEvents >= (n ?? sentEvents)
      if (until === 'client-has-bytes') return sink.relayedBytes >= (n ?? sink.sentBytes)
      return until === 'request-read'
    }
    if (until !== 'client-quiet') return { isOver: isHeld, until: () => deadline }
    return { isOver: () => false, until: () => sink.lastByteAt + QUIET_MS }
  }

  #close(connection: Connection, how: 'fin' | 'rst', isFault: boolean): void {
    connection.state = 'closed'
    connection.call?.sink.note({ lane: 'upstream', kind: how, ...(isFault && { fault: true }) })
    connection.call?.closed(how)
  }

  /** A request that is over leaves its connection to the next one, if it may be kept. */
  #release(connection: Connection): void {
    const { call } = connection
    if (call === undefined || call.isUnderWay) return
    connection.call = undefined
    if (!call.keepsAlive) connection.state = 'closed'
  }

  #until(isOver: () => boolean): Pause {
    return { isOver, until: () => Infinity }
  }
}

function isHeadRead(step: UpstreamStep | undefined): boolean {
  return step?.do === 'read-request' && step.until === 'head'
}
