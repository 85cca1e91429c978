import {
  createFinalizer,
  detectDialect,
  type Dialect,
  type Finalizer,
  type Framing,
  type RequestFacts,
} from '@stopbit/sse'
import { Attempts } from '../attempts.ts'
import { Clocks } from '../clocks.ts'
import { Downstream } from '../downstream.ts'
import { headerValue } from '../headers.ts'
import { HeldMemory, PROCESS_MEMORY, type MemoryBudget } from '../memory-budget.ts'
import type { ResolvedExchangeOptions } from '../options.ts'
import { Origin } from '../origin.ts'
import type { Phase } from '../phase.ts'
import { RecordDraft } from '../record.ts'
import { pathOf } from '../request-target.ts'
import type { Clock, ExchangeSink, HeaderList } from '../sink.ts'

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
  /**
   * Whether the transport can pass a request's body on as it comes. Default `true`; where it cannot, a body that there is no
   * room for is refused with a 503.
   */
  readonly mayStreamRequest?: boolean | undefined
  /** What the exchanges with one upstream share. Without it, this one has a retry budget of its own. */
  readonly origin?: Origin | undefined
  /** What all exchanges may hold together. Default: 256 MiB for the process. */
  readonly memory?: MemoryBudget | undefined
  /** A number from 0 to below 1, for the jitter of retries. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/**
 * What the parts of the machine share: the phase that the exchange is in, and what every phase needs. The functions beside
 * this file each move an exchange from one phase to the next; which of them is called is decided by `Exchange`.
 */
export class Core {
  readonly context: ExchangeContext
  readonly options: ResolvedExchangeOptions
  readonly sink: ExchangeSink
  readonly clocks: Clocks
  readonly acceptedAt: number
  readonly record: RecordDraft
  readonly downstream: Downstream
  readonly attempts: Attempts
  readonly memory: HeldMemory
  /** By the request; its stream may show another one. */
  readonly requestDialect: Dialect
  facts: RequestFacts = {}
  /** Bytes of the request's body that are kept. */
  requestBytes: number = 0
  phase: Phase = { phase: 'asking', step: 'accepting', head: 'held' }
  /** The upstream's id of the request, if it gave one; else ours. By a pattern, which makes one string and not a tree of nine. */
  requestId: string = `req_stopbit_${crypto.randomUUID()}`.replace(/-/g, '')
  /** When the upstream's head would come too late, on the machine's clock. */
  headersDeadline: number = Infinity
  /** Of the last stream that came, or that was promised with an early head. */
  finalizer: Finalizer | undefined
  framing: Framing = 'event-stream'
  /** An event of the answer has gone out. */
  hasCommitted: boolean = false
  drainedBytes: number = 0

  constructor(context: ExchangeContext) {
    const { request, options, sink, clock, random = Math.random } = context
    this.context = context
    this.options = options
    this.sink = sink
    this.requestDialect = options.dialect ?? detectDialect(request.method, request.target)
    this.clocks = new Clocks(clock, sink)
    this.acceptedAt = this.clocks.now
    const { id } = this.requestDialect
    this.record = new RecordDraft(
      { id: this.requestId, dialect: id, method: request.method, path: pathOf(request.target) },
      this.clocks.now,
    )
    this.record.noteId('clientRequestId', headerValue(request.headers, 'x-client-request-id'))
    this.memory = new HeldMemory(context.memory ?? PROCESS_MEMORY)
    this.downstream = new Downstream(sink, this.clocks, this.record, options)
    const origin = context.origin ?? new Origin(clock)
    this.attempts = new Attempts({ sink, clocks: this.clocks, record: this.record, options, origin, random })
  }

  /** The client is a caller in this process, which is told of a fault by an error and gets everything else as it came. */
  get hasCaller(): boolean {
    return this.sink.throwFault !== undefined
  }

  /** The dialect that the client is spoken to in. */
  get dialect(): Dialect {
    return this.finalizer?.dialect ?? this.requestDialect
  }

  /** A finalizer of a stream of which nothing has come. */
  createFinalizer(framing: Framing): Finalizer {
    return createFinalizer({
      dialect: this.dialect,
      framing,
      request: this.facts,
      requestId: this.requestId,
      ending: this.options.ending,
      maxEventBytes: this.options.maxEventBytes,
    })
  }

  /** Nothing will be sent again, so nothing need be kept for it; what the attempt under way still sends is held all the same. */
  releaseRequest(): void {
    this.attempts.release()
    if (!this.attempts.isSendingKept) this.memory.holdRequest(0)
  }
}
