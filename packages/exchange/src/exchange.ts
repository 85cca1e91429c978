import { classifyFault, createFault, type Fault, type TransportFacts } from '@stopbit/faults'
import {
  detectDialect,
  type Dialect,
  type ErrorResponse,
  type Finalizer,
  type Refusal,
  type RequestFacts,
} from '@stopbit/sse'
import { Clocks, type ClockName } from './clocks.ts'
import { Downstream } from './downstream.ts'
import {
  headerValue,
  proxyStatusHeader,
  toDownstreamHeaders,
  toEventStreamHeaders,
  toOriginForm,
  toUpstreamHeaders,
  toWholeBodyHeaders,
} from './headers.ts'
import { headersLimitMs, MIN_HEADERS_MS } from './headers-limit.ts'
import {
  isAnswering,
  isOver,
  isSideChannel,
  isWholeJson,
  openBody,
  type EventStreamBody,
  type JsonBody,
  type RawBody,
} from './open-body.ts'
import type { ResolvedExchangeOptions } from './options.ts'
import type { Awaited, Head, HeldStream, Phase } from './phase.ts'
import { RecordDraft, type ExchangeEnding } from './record.ts'
import type { Clock, ExchangeSink, HeaderList } from './sink.ts'

/** A client's request, as far as an exchange needs to know it. */
export interface ExchangeRequest {
  readonly method: string
  /** The request target as it came: path and query, or an absolute URL, of which the path and query are taken. */
  readonly target: string
  readonly headers: HeaderList
}

/** Everything an exchange is made of. */
export interface ExchangeContext {
  readonly request: ExchangeRequest
  readonly options: ResolvedExchangeOptions
  readonly sink: ExchangeSink
  readonly clock: Clock
  /** Path of the upstream's URL, put before every request's path; empty if there is none. */
  readonly basePath?: string | undefined
  /** The proxy's own API key, sent in place of the client's. */
  readonly credential?: string | undefined
}

const DOT_SEGMENTS: Refusal = {
  status: 400,
  sentence:
    'The path of this request has dot segments, which this gateway does not pass on. Send the path without them.',
}

/** After the terminal event a connection is worth this much, for its reuse, and no more. */
const UPSTREAM_DRAIN_MS = 1_000
const UPSTREAM_DRAIN_BYTES = 64 * 1024

/**
 * One request and its response, as a machine without sockets, timers or a runtime. The adapter feeds what happened; the
 * machine decides, and tells the sink what to do. Inputs may come in any order and late: what no longer matters is ignored.
 */
export class Exchange {
  readonly #context: ExchangeContext
  readonly #dialect: Dialect
  readonly #clocks: Clocks
  readonly #acceptedAt: number
  readonly #record: RecordDraft
  readonly #downstream: Downstream
  #facts: RequestFacts = {}
  #phase: Phase = { phase: 'asking', attempt: 0 }
  #requestId = `req_stopbit_${crypto.randomUUID().replaceAll('-', '')}`
  #finalizer: Finalizer | undefined
  #drainedBytes = 0

  constructor(context: ExchangeContext) {
    const { request, options, sink, clock } = context
    const path = (toOriginForm(request.target) ?? request.target).split('?', 1)[0] ?? '/'
    this.#context = context
    this.#dialect = options.dialect ?? detectDialect(request.method, request.target)
    this.#clocks = new Clocks(clock, sink)
    this.#acceptedAt = this.#clocks.now
    this.#record = new RecordDraft(
      { id: this.#requestId, dialect: this.#dialect.id, method: request.method, path },
      this.#clocks.now,
    )
    this.#record.noteId('clientRequestId', headerValue(request.headers, 'x-client-request-id'))
    this.#downstream = new Downstream(sink, this.#clocks, this.#record, options)
  }

  /** The request is here, or as much of its body as is kept: send it on. `facts` come from `readRequestFacts`. */
  start(facts: RequestFacts): void {
    if (this.#phase.phase !== 'asking' || this.#phase.attempt > 0) return
    const { request, options, sink, basePath = '', credential } = this.#context
    this.#clocks.tick()
    this.#facts = facts
    this.#record.noteFacts(facts)
    this.#phase = { phase: 'asking', attempt: 1 }
    const target = toOriginForm(request.target)
    if (target === undefined) return this.#refuse(DOT_SEGMENTS)
    // Both run from the accepted request: the time that its upload took is gone.
    const spentMs = this.#clocks.now - this.#acceptedAt
    const headersMs = headersLimitMs(request.headers, facts, options) - spentMs
    this.#clocks.start('headers', Math.max(MIN_HEADERS_MS, headersMs))
    this.#clocks.start('total', options.totalTimeoutMs - spentMs)
    this.#record.attemptStarted(this.#clocks.now)
    const headers = toUpstreamHeaders(request.headers, this.#dialect, credential)
    sink.sendAttempt(1, { method: request.method, path: basePath + target, headers })
    this.#clocks.arm()
  }

  /** A connection is ready, and the request goes out on it. */
  upstreamConnected(reused: boolean | undefined): void {
    this.#record.attemptConnected(reused)
  }

  upstreamHead(status: number, headers: HeaderList): void {
    if (this.#phase.phase !== 'asking') return
    this.#clocks.tick()
    this.#noteHead(status, headers)
    this.#openBody({ status, headers })
    this.#clocks.arm()
  }

  upstreamChunk(bytes: Uint8Array): void {
    const phase = this.#phase
    if (phase.phase === 'settled' || phase.phase === 'asking') return
    this.#clocks.tick()
    this.#clocks.restart('idle', this.#context.options.idleTimeoutMs)
    this.#record.upstreamSent(bytes.byteLength, this.#clocks.now)
    if (phase.phase === 'closing') this.#drainUpstream(bytes)
    else if (phase.phase === 'committed') this.#relay(phase.body, bytes)
    else if (phase.body.kind === 'json') this.#holdJson(phase.body, phase.response, bytes)
    else if (phase.body.kind === 'event-stream') this.#holdOpening(phase.body, bytes)
    else this.#relay(this.#commit(phase.body), bytes)
    this.#clocks.arm()
  }

  /** The upstream's body ended, with complete framing. */
  upstreamEnd(): void {
    const phase = this.#phase
    this.#clocks.tick()
    this.#record.upstreamOver(this.#clocks.now)
    if (phase.phase === 'closing') this.#over('upstream')
    else if (phase.phase === 'committed') this.#endBody(phase.body)
    else if (phase.phase === 'holding') {
      if (phase.body.kind === 'json') this.#endJson(phase.body, phase.response)
      else this.#endBody(phase.body)
    }
    this.#clocks.arm()
  }

  /** The attempt failed: no connection, no head, or no whole body. */
  upstreamFault(error: unknown, facts: TransportFacts): void {
    this.#clocks.tick()
    this.#record.upstreamOver(this.#clocks.now)
    if (this.#phase.phase === 'closing') this.#over('upstream')
    else this.#fail(classifyFault(facts, error))
    this.#clocks.arm()
  }

  /** The client has read some of what was written, but not enough for more. */
  downstreamProgressed(): void {
    this.#clocks.tick()
    this.#downstream.progressed()
    this.#clocks.arm()
  }

  /** The client has read enough for more to be written. */
  downstreamDrained(): void {
    if (this.#phase.phase === 'settled') return
    this.#clocks.tick()
    this.#downstream.drained()
    this.#clocks.arm()
  }

  /** The whole response was handed to the client's connection. */
  downstreamFinished(): void {
    this.#clocks.tick()
    if (this.#phase.phase === 'closing') this.#over('downstream')
    this.#clocks.arm()
  }

  /** The client's connection is gone, by its own will or by `leaveIncomplete`. */
  downstreamGone(): void {
    const phase = this.#phase
    if (phase.phase === 'settled') return
    this.#clocks.tick()
    if (phase.phase === 'closing') {
      if (phase.ending !== 'incomplete' && phase.awaits !== 'upstream') this.#record.note({ clientGone: true })
      this.#over('downstream')
    } else {
      this.#record.note({ clientGone: true, fault: createFault('client-gone') })
      this.#context.sink.abortUpstream()
      this.#settle('client-gone')
    }
    this.#clocks.arm()
  }

  /** The listener has to close: ends the response now, and truthfully. */
  finish(): void {
    this.#clocks.tick()
    this.#fail(createFault('aborted-by-us'))
    this.#clocks.arm()
  }

  /** The time that was asked for has come. */
  wake(): void {
    this.#clocks.tick()
    this.#clocks.woken()
    for (let name = this.#clocks.takeExpired(); name !== undefined; name = this.#clocks.takeExpired()) {
      this.#runOut(name)
    }
    this.#clocks.arm()
  }

  #runOut(name: ClockName): void {
    const phase = this.#phase
    switch (name) {
      case 'headers':
        return this.#fail(createFault('headers-timeout'))
      case 'idle':
        return this.#fail(createFault('body-timeout'))
      case 'progress':
        return this.#fail(createFault('progress-timeout'))
      case 'total':
        return this.#fail(createFault(phase.phase === 'asking' ? 'headers-timeout' : 'body-timeout'))
      case 'commitAfter':
        if (phase.phase !== 'holding') return
        if (phase.body.kind === 'event-stream') return this.#sendHeldHead(phase.response, phase.body)
        if (phase.body.kind === 'raw') this.#commit(phase.body)
        return
      case 'openingHold':
        if (phase.phase === 'holding' && phase.body.kind === 'event-stream') this.#commit(phase.body)
        return
      case 'finishGrace':
        if (phase.phase !== 'committed' || phase.body.kind === 'raw') return
        if (phase.body.finalizer.state.phase !== 'stopping') return
        this.#context.sink.abortUpstream()
        return this.#endBody(phase.body)
      case 'heartbeat':
        return this.#sendHeartbeat()
      case 'downstreamStall':
        this.#record.note({ clientStalled: true })
        return this.#context.sink.abortDownstream() // its going comes back as `downstreamGone`
      case 'upstreamDrain':
        this.#context.sink.abortUpstream()
        return this.#over('upstream')
      default:
        return name satisfies never
    }
  }

  #noteHead(status: number, headers: HeaderList): void {
    const upstreamId = headerValue(headers, 'request-id') ?? headerValue(headers, 'x-request-id')
    this.#requestId = upstreamId ?? this.#requestId
    this.#record.noteId('requestId', upstreamId)
    this.#record.noteId('cfRay', headerValue(headers, 'cf-ray'))
    this.#record.upstreamAnswered(status, this.#clocks.now)
  }

  #openBody(response: Head): void {
    const { request, options } = this.#context
    const body = openBody({
      ...response,
      method: request.method,
      target: request.target,
      dialect: this.#dialect,
      request: this.#facts,
      requestId: this.#requestId,
      ending: options.ending,
      maxEventBytes: options.maxEventBytes,
    })
    this.#record.note({ sse: body.kind === 'event-stream' })
    if (body.kind === 'event-stream') this.#finalizer = body.finalizer
    if (body.kind === 'json') {
      this.#phase = { phase: 'holding', head: 'held', response, body }
      return // the headers clock runs on until the body is whole
    }
    this.#clocks.stop('headers')
    const held = body.kind === 'event-stream' ? { ...body, opening: [], openingBytes: 0 } : body
    this.#phase = { phase: 'holding', head: 'held', response, body: held }
    // An unknown event stream that was asked for by GET is a side channel: it may rightly be silent for hours, so its head
    // waits for nothing, and TCP keep-alive alone bounds it.
    if (held.kind === 'event-stream' && isSideChannel(request.method, held)) return void this.#commit(held)
    this.#clocks.start('idle', options.idleTimeoutMs)
    this.#clocks.start('commitAfter', options.commitAfterMs)
    if (body.kind === 'raw') return
    this.#clocks.start('progress', options.progressTimeoutMs)
    this.#clocks.start('openingHold', options.openingHoldMs)
  }

  #holdJson(body: JsonBody, response: Head, bytes: Uint8Array): void {
    body.chunks.push(bytes)
    body.byteLength += bytes.byteLength
    if (body.byteLength <= this.#context.options.maxJsonBytes) return
    this.#clocks.stop('headers')
    this.#clocks.start('idle', this.#context.options.idleTimeoutMs)
    this.#phase = { phase: 'committed', body: { kind: 'raw' } }
    this.#downstream.sendHead(response.status, toDownstreamHeaders(response.headers), 'without-heartbeat')
    for (const chunk of body.chunks) this.#downstream.send(chunk)
  }

  #endJson(body: JsonBody, { status, headers }: Head): void {
    if (body.mustBeWhole && !isWholeJson(body.chunks)) return this.#respond(createFault('body-truncated'))
    this.#downstream.sendHead(status, toWholeBodyHeaders(headers, body.byteLength), 'without-heartbeat')
    for (const chunk of body.chunks) this.#downstream.send(chunk)
    this.#close('completed', 'downstream')
  }

  #holdOpening(body: HeldStream, bytes: Uint8Array): void {
    const { finalizer, opening } = body
    const result = finalizer.push(bytes, (events) => {
      opening.push(events)
      body.openingBytes += events.byteLength
    })
    const isFull = body.openingBytes > this.#context.options.maxEventBytes
    if (isFull || isAnswering(finalizer)) this.#commit(body)
    if (result === 'event-too-large') this.#fail(createFault('bad-framing'))
    else if (result === 'ended') this.#endBody(body)
    else this.#awaitFinish(finalizer)
  }

  /** Without a terminal event, silence after the stop reasons is the end; until then usage may follow. */
  #awaitFinish({ state, dialect }: Finalizer): void {
    if (dialect.completeWith !== 'stop-reasons') return
    // Some models put a stop reason into every chunk: what talks on has not finished.
    if (state.phase !== 'stopping') return this.#clocks.stop('finishGrace')
    this.#clocks.start('finishGrace', this.#context.options.finishGraceMs)
  }

  #sendHeldHead(response: Head, body: HeldStream): void {
    this.#phase = { phase: 'holding', head: 'sent', response, body }
    this.#downstream.sendHead(response.status, toEventStreamHeaders(response.headers), 'with-heartbeat')
  }

  /** Sends what was held back: the head, if the client has none yet, and the opening events of a stream. */
  #commit<Held extends HeldStream | RawBody>(body: Held): Held {
    if (this.#phase.phase !== 'holding') return body
    const { head, response } = this.#phase
    this.#clocks.stop('commitAfter', 'openingHold')
    if (body.kind === 'event-stream') {
      if (head === 'held') this.#sendHeldHead(response, body)
      this.#phase = { phase: 'committed', body }
      this.#clocks.restart('progress', this.#context.options.progressTimeoutMs)
      for (const events of body.opening.splice(0)) this.#downstream.send(events)
    } else {
      this.#phase = { phase: 'committed', body }
      this.#downstream.sendHead(response.status, toDownstreamHeaders(response.headers), 'without-heartbeat')
    }
    return body
  }

  #relay(body: EventStreamBody | RawBody, bytes: Uint8Array): void {
    if (body.kind === 'raw') return this.#downstream.send(bytes)
    const { finalizer } = body
    const before = finalizer.modelDataCount
    const result = finalizer.push(bytes, this.#downstream.send)
    if (finalizer.modelDataCount > before) this.#clocks.restart('progress', this.#context.options.progressTimeoutMs)
    if (result === 'event-too-large') this.#fail(createFault('bad-framing'))
    else if (result === 'ended') this.#endBody(body)
    else this.#awaitFinish(finalizer)
  }

  /** Nothing more can come of the answer: what went wrong decides how the client hears of it. */
  #fail(fault: Fault): void {
    const phase = this.#phase
    if (phase.phase === 'closing' || phase.phase === 'settled') return
    this.#context.sink.abortUpstream()
    this.#record.upstreamOver(this.#clocks.now)
    if (phase.phase === 'asking' || phase.body.kind === 'json') this.#respond(fault)
    else this.#endBody(phase.body, fault)
  }

  /** Ends a body: cleanly if `fault` is left out. While the client has no head, a fault becomes a real status. */
  #endBody(body: EventStreamBody | HeldStream | RawBody, fault?: Fault): void {
    const isHeld = this.#phase.phase === 'holding' && this.#phase.head === 'held'
    if (body.kind === 'raw') {
      if (fault !== undefined && isHeld) return this.#respond(fault)
      this.#commit(body)
      if (fault === undefined) return this.#close('completed', 'downstream')
      this.#record.note({ fault })
      return this.#leaveIncomplete()
    }
    const { finalizer } = body
    const upstreamGoesOn = fault === undefined && isOver(finalizer)
    const { ending, bytes } = finalizer.end(fault)
    const cut = fault ?? (ending === 'error' && !isOver(finalizer) ? createFault('body-truncated') : undefined)
    if (cut !== undefined && isHeld && ending !== 'completed-sentinel') return this.#respond(cut)
    if (cut !== undefined) this.#record.note({ fault: cut })
    if ('opening' in body) this.#commit(body)
    if (bytes.byteLength > 0) this.#downstream.send(bytes)
    if (ending === 'incomplete') this.#leaveIncomplete()
    else this.#close(ending, upstreamGoesOn ? 'both' : 'downstream')
  }

  /** Answers a fault with an error response of ours. Only while the client has no head. */
  #respond(fault: Fault): void {
    this.#record.note({ fault })
    const dialect = this.#finalizer?.dialect ?? this.#dialect
    this.#answer(dialect.errorResponse({ fault }, this.#requestId), proxyStatusHeader(fault))
  }

  /** Answers a request that will not be sent on. */
  #refuse(refusal: Refusal): void {
    this.#answer(this.#dialect.errorResponse({ refusal }, this.#requestId), [])
    this.#clocks.arm()
  }

  #answer({ status, headers, body }: ErrorResponse, more: HeaderList): void {
    const bytes = new TextEncoder().encode(body)
    const length = ['content-length', String(bytes.byteLength)]
    this.#downstream.sendHead(status, [...headers, ...length, ...more], 'without-heartbeat')
    this.#downstream.send(bytes)
    this.#close('error-status', 'downstream')
  }

  /** Ends the response for the client; what is still to come of the upstream only serves the reuse of its connection. */
  #close(ending: ExchangeEnding, awaits: Awaited): void {
    this.#clocks.stopAll()
    this.#phase = { phase: 'closing', ending, awaits }
    if (awaits === 'both') {
      this.#clocks.start('upstreamDrain', UPSTREAM_DRAIN_MS)
      this.#context.sink.resumeUpstream()
    }
    this.#downstream.end()
  }

  #leaveIncomplete(): void {
    this.#clocks.stopAll()
    this.#phase = { phase: 'closing', ending: 'incomplete', awaits: 'downstream' }
    this.#downstream.leaveIncomplete()
  }

  #drainUpstream(bytes: Uint8Array): void {
    this.#drainedBytes += bytes.byteLength
    if (this.#drainedBytes <= UPSTREAM_DRAIN_BYTES) return
    this.#context.sink.abortUpstream()
    this.#over('upstream')
  }

  #over(side: 'downstream' | 'upstream'): void {
    if (this.#phase.phase !== 'closing') return
    const { ending, awaits } = this.#phase
    if (awaits === side) return this.#settle(ending)
    if (awaits === 'both') this.#phase = { ...this.#phase, awaits: side === 'upstream' ? 'downstream' : 'upstream' }
    this.#clocks.stop(side === 'upstream' ? 'upstreamDrain' : 'downstreamStall')
  }

  #settle(ending: ExchangeEnding): void {
    const phase = this.#phase
    if (phase.phase === 'settled') return
    this.#phase = { phase: 'settled' }
    this.#clocks.stopAll()
    this.#clocks.arm()
    this.#record.noteStream(this.#finalizer, this.#drainedBytes)
    this.#context.sink.settled(this.#record.settle(ending, this.#clocks.now))
  }

  #sendHeartbeat(): void {
    const { phase } = this.#phase
    if (phase !== 'holding' && phase !== 'committed') return
    this.#downstream.sendHeartbeat(this.#finalizer?.heartbeat(phase === 'holding' ? 'held' : 'sent'))
  }
}
