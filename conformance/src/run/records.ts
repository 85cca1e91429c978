import type { LimitName } from '@stopbit/traces'
import type { ResponseHead } from './wire-reader.ts'

/** Times in the records are `performance.now()` of the runner, in milliseconds. */
export interface ClientExchange {
  /** Travels with the request, so that the upstream can tell whose it is. */
  readonly id: string
  readonly requestedAt: number
  /** First 16 hex digits of the SHA-256 of the request's body. */
  readonly requestDigest: string
  head?: ResponseHead
  /** When any byte of the response came, head included. */
  readonly byteTimes: number[]
  /** Body bytes without HTTP framing. */
  readonly bodyParts: Buffer[]
  /** When each of them came. */
  readonly bodyTimes: number[]
  /** Bytes on the connection after this response was complete, and before the next request. */
  strayBytes: number
  ending: ExchangeEnding
}

/** How an exchange ended at the client. Only in `complete` was the HTTP framing complete. */
export type ExchangeEnding =
  | { readonly kind: 'open' }
  | { readonly kind: 'complete'; readonly at: number }
  | { readonly kind: 'fin'; readonly at: number }
  | { readonly kind: 'rst'; readonly at: number }
  | { readonly kind: 'broken'; readonly at: number; readonly why: string }
  /** The client left; that is the trace's doing. */
  | { readonly kind: 'left'; readonly at: number }
  /** Still open when its time was up. */
  | { readonly kind: 'hang'; readonly at: number; readonly waitedMs: number }

/** A request as the upstream got it, and what it answered. */
export interface UpstreamRequest {
  /** Undefined when the target forwarded neither the header nor the body that carries it. */
  id: string | undefined
  /** Set when the body was read to its end. */
  digest: string | undefined
  headSent: boolean
  /** What has been sent of a head that came bit by bit. */
  headBegun?: string
  /** The head as it was sent: how the body's end is told. */
  sentHead?: string
  /** The last chunk was sent: a chunked body is whole. */
  lastChunkSent?: true
  /** The connection that it came on. */
  readonly connection: UpstreamConnectionRecord
  /** When its head was read. */
  readonly at: number
  /** Body bytes that were handed to the socket, without framing. */
  readonly sentParts: Uint8Array[]
  /** Where its head names a coding, the same before that was taken off: what is not in that coding, some runtimes pass on as it is. */
  readonly codedParts: Uint8Array[]
  /** Its connection was reset while it was answered. */
  wasReset?: true
}

/** One connection that the target opened. */
export interface UpstreamConnectionRecord {
  /** When the socket was closed, by whomever. */
  closedAt: number | undefined
  requests: number
  /** When the trace's failure was played on it. */
  faultAt?: number
  /** How this end closed it, by what was done to the socket and not by what the script says. */
  endedBy?: 'fin' | 'rst'
  /** Bytes that the kernel took. */
  writtenBytes: number
  /** Bytes of the sends that the script has played to their end. */
  playedBytes: number
}

/** Whether the trace's one failure really happened. */
export type FaultRecord =
  | { readonly state: 'pending' }
  | { readonly state: 'ran'; readonly at: number }
  /** The harness was told to leave it out, to prove that it would notice. */
  | { readonly state: 'skipped' }

export interface BarrierRecord {
  readonly until: string
  readonly held: boolean
  /** The exchange had already ended at the client, so that the barrier could not hold any more. */
  readonly clientHadEnded: boolean
}

/** What an `expect-abort` step saw. `afterMs` is undefined when the target kept the connection. */
export interface AbortRecord {
  readonly withinMs: number
  readonly afterMs: number | undefined
}

/** Measure of what the upstream is doing: the clock of HANG-1 runs only while it does nothing. */
export interface UpstreamActivity {
  lastActionAt: number
  /** Scripts that are in a wait or at a barrier. */
  busy: number
  /** Scripts that have something left to do and do not wait for a request. */
  playing: number
  /** Scripts that wait for the client to leave, or have done so. */
  awaitingLeave: number
  /** The limit that must end the silence, once a `stall` has begun. */
  stalledBy: LimitName | undefined
}
