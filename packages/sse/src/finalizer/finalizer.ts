import type { Fault } from '@stopbit/faults'
import type { Closing, Dialect, EndingPolicy, Framing, StreamState } from '../dialects/dialect.ts'
import type { RequestFacts } from '../request-facts.ts'

/** The options of `createFinalizer`. */
export interface FinalizerOptions {
  /** The request's dialect. If it is `opaque`, the first event may still show a dialect that is known. */
  readonly dialect: Dialect
  /** How the body is framed, from `dialect.framingOf`. Default `event-stream`. */
  readonly framing?: Framing | undefined
  /** What the request's body said; `{}` if that is unknown. */
  readonly request: RequestFacts
  /** Names the exchange in closings: the upstream's request id if it sent one, else one of ours. */
  readonly requestId: string
  /** What a cut stream is to end with. Default `error`. */
  readonly ending?: EndingPolicy | undefined
  /** Largest open event in bytes. Default 16 MiB. */
  readonly maxEventBytes?: number | undefined
}

/**
 * What a push has led to.
 *
 * - `open`: the stream goes on.
 * - `ended`: its terminal event, of success or of failure, is through. End the response now, whatever the socket does:
 *   SDKs read on until the end of the body. Later bytes are dropped.
 * - `event-too-large`: the open event is beyond `maxEventBytes`; nothing of it went out. Call `end` with a fault.
 */
export type PushResult = 'open' | 'ended' | 'event-too-large'

/** Ends one LLM stream truthfully. Made by `createFinalizer`; used for one response. */
export interface Finalizer {
  /**
   * Takes the next bytes of the upstream and hands out those that may go downstream: whole events only, unchanged and in
   * order. `write` is called synchronously, mostly once per push, and never with a copy, except for an event that was spread
   * over several chunks.
   *
   * All calls of `write` of one push belong together, and only the last of them is sure to end where an event does: a large
   * event that came in several chunks may be handed out in them. Send nothing else until `push` has returned and all of it
   * is on its way, or join it.
   *
   * Of whole events nothing is kept but copies, so a reader may use their memory again once it has done with what was handed
   * out. The open event, `heldBytes` at the end of the chunk, stays where it is: these bytes must not change before a later
   * push or `end` has handed them out.
   */
  push(chunk: Uint8Array, write: (bytes: Uint8Array) => void): PushResult
  /**
   * The stream is over: cleanly if `fault` is left out, else cut. Answers with what to send last, if anything, and what
   * that makes of the stream. Bytes of an event that is still open are dropped, never completed with a guess.
   */
  end(fault?: Fault): Closing
  /**
   * Bytes that say "still alive"; `undefined` if there is none to send. May be sent whenever `push` is not running.
   * `handedOut: 'held'` says that what was handed out has not been sent yet, so that only a comment is possible.
   */
  heartbeat(handedOut?: 'sent' | 'held'): Uint8Array | undefined
  /** The dialect that the stream is followed in. */
  readonly dialect: Dialect
  readonly state: StreamState
  /** Whole events seen. */
  readonly eventCount: number
  /** Events among them that carried model data. */
  readonly modelDataCount: number
  /** Bytes of the open event: they stay here until it is whole. */
  readonly heldBytes: number
  /** Bytes that came after the terminal event and were dropped. */
  readonly droppedBytes: number
}
