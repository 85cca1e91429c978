import type { Fault } from '@stopbit/faults'
import type { RetryReason } from './origin.ts'
import type { ExchangeRecord } from './record.ts'

/** HTTP header fields: names and values alternate, in order and with repetitions. */
export type HeaderList = readonly string[]

/** A request as it is to be sent upstream; the origin and the body are the transport's. */
export interface UpstreamRequest {
  readonly method: string
  /** Path and query, the upstream's base path included. */
  readonly path: string
  readonly headers: HeaderList
  /** `fresh`: on a connection that has never carried a request. A transport that cannot choose takes any. */
  readonly connection: 'any' | 'fresh'
}

/** An upstream that has gone silent within an answer, told long before anything is cut. Holds no text of the exchange. */
export interface StallWarning {
  /** Our own id of the exchange, and those that it was given: the upstream's, the client's and a CDN's. */
  readonly id: string
  readonly requestId?: string
  readonly clientRequestId?: string
  readonly cfRay?: string
  readonly xRequestId?: string
  readonly dialect: string
  /** Milliseconds since the last byte of the upstream. */
  readonly silentMs: number
  /** Bytes of the body so far. */
  readonly upstreamBytes: number
  /** Whole events so far. */
  readonly events: number
  /** When the exchange will be cut if the silence lasts, in milliseconds from now; missing if nothing will cut it. */
  readonly cutInMs?: number
}

/** A request that is about to be sent again. */
export interface RetryNotice {
  /** Which attempt follows; the first one of all is 1. */
  readonly attempt: number
  /** Milliseconds until it starts. */
  readonly delayMs: number
  readonly reason: RetryReason
  /** What became of the attempt before: a fault, or a status that is worth another try. */
  readonly fault?: Fault
  readonly status?: number
}

/**
 * What the machine asks of the world. An adapter implements it and decides nothing. Every call is made synchronously out of
 * one of the machine's inputs, and may be answered with another input at once: that one is taken when the machine is through
 * with the first.
 */
export interface ExchangeSink {
  /**
   * Send the request upstream; `attempt` counts from 1. Comes again for a retry, when the attempt before is over or was
   * aborted: nothing more of that one may be fed.
   */
  sendAttempt(attempt: number, request: UpstreamRequest): void
  /**
   * Nothing will be sent again: a body that was kept for that may be let go once it is sent. At most once, and only if the
   * body is `kept`; as early as right after the attempt that is certain to be the last one.
   */
  releaseRequest(): void
  /** Close the attempt's connection, or take it out of its queue; nothing more of it is wanted. */
  abortUpstream(): void
  /** Stop reading the upstream. Bytes that were read already may still be fed. */
  pauseUpstream(): void
  resumeUpstream(): void
  /** From here on feed decoded bytes, for a body that is coded in spite of our `identity`. `false`: that cannot be done. */
  decodeUpstream(coding: string): boolean
  writeHead(status: number, headers: HeaderList): void
  /** Hands bytes over for good. `false`: the client reads too slowly; feed `downstreamDrained` when it has caught up. */
  write(bytes: Uint8Array): boolean
  /** End the response with complete framing, then feed `downstreamFinished` or `downstreamGone`. */
  end(): void
  /** Close the client's connection with the framing incomplete, after what was written; then feed `downstreamGone`. */
  leaveIncomplete(): void
  /** Close the client's connection at once, whatever is still to be written; then feed `downstreamGone`. */
  abortDownstream(): void
  /**
   * Only for a sink whose client is a caller in the same process: tell it of the fault by an error, behind what was written,
   * then feed `downstreamFinished`. Comes in place of an error response, of closing bytes and of an incomplete end; and what
   * the upstream itself says of an error passes as it came, since no API's client has to be found words for.
   */
  throwFault?(fault: Fault): void
  /** Only for those who want to know: the request is about to be sent again. */
  retrying?(notice: RetryNotice): void
  /** Only for those who want to know: the machine has met a defect of its own. The exchange ends with the fault `internal`. */
  broken?(defect: Error): void
  /** Feed `wake` at `time` on the machine's clock, or soon after it. Replaces an earlier wish; `Infinity` takes it back. */
  wakeAt(time: number): void
  /** The upstream has been silent for `stallWarnMs`. For the operator; nothing has been done about it yet. */
  stalled(warning: StallWarning): void
  /** The exchange is over: its one record. Nothing is called afterwards. */
  settled(record: ExchangeRecord): void
}

/** A clock in milliseconds that never goes back. */
export interface Clock {
  now(): number
}
