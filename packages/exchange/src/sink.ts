import type { ExchangeRecord } from './record.ts'

/** HTTP header fields: names and values alternate, in order and with repetitions. */
export type HeaderList = readonly string[]

/** A request as it is to be sent upstream; the origin and the body are the transport's. */
export interface UpstreamRequest {
  readonly method: string
  /** Path and query, the upstream's base path included. */
  readonly path: string
  readonly headers: HeaderList
}

/**
 * What the machine asks of the world. An adapter implements it and decides nothing. Every call is made synchronously out of
 * one of the machine's inputs, and may be answered with another input at once.
 */
export interface ExchangeSink {
  /** Send the request upstream; `attempt` counts from 1. */
  sendAttempt(attempt: number, request: UpstreamRequest): void
  /** Close the attempt's connection; nothing more of it is wanted. */
  abortUpstream(): void
  /** Stop reading the upstream. Bytes that were read already may still be fed. */
  pauseUpstream(): void
  resumeUpstream(): void
  writeHead(status: number, headers: HeaderList): void
  /** Hands bytes over for good. `false`: the client reads too slowly; feed `downstreamDrained` when it has caught up. */
  write(bytes: Uint8Array): boolean
  /** End the response with complete framing, then feed `downstreamFinished` or `downstreamGone`. */
  end(): void
  /** Close the client's connection with the framing incomplete, after what was written; then feed `downstreamGone`. */
  leaveIncomplete(): void
  /** Close the client's connection at once, whatever is still to be written; then feed `downstreamGone`. */
  abortDownstream(): void
  /** Feed `wake` at `time` on the machine's clock, or soon after it. Replaces an earlier wish; `Infinity` takes it back. */
  wakeAt(time: number): void
  /** The exchange is over: its one record. Nothing is called afterwards. */
  settled(record: ExchangeRecord): void
}

/** A clock in milliseconds that never goes back. */
export interface Clock {
  now(): number
}
