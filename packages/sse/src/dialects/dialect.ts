import type { Fault } from '@stopbit/faults'
import type { LineEnding } from '../framing/event-framer.ts'
import type { RequestFacts } from '../request-facts.ts'

/**
 * How far a stream has come, as the client has seen it. Only whole events that were handed out count.
 *
 * - `idle`: nothing that means anything yet (comments and pings do not).
 * - `open`: the answer has begun, no content block is open.
 * - `block`: content blocks are open: their index and the dialect's word for their kind.
 * - `stopping`: every stop reason is through; only the sentinel is missing.
 * - `done`: the terminal event of success is through.
 * - `failed`: the upstream has sent an error event of its own. `untold` is its data if clients would not have understood
 *   it as one; then the event was withheld, and the closing says it in a form that they do.
 */
export type StreamState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'open' }
  | { readonly phase: 'block'; readonly blocks: ReadonlyMap<number, string> }
  | { readonly phase: 'stopping'; readonly stopReason: string }
  | { readonly phase: 'done' }
  | { readonly phase: 'failed'; readonly errorType: string; readonly untold?: string }

/**
 * How a stream ended for its client.
 *
 * - `completed`: the upstream's own end.
 * - `completed-sentinel`: only the sentinel was missing, and it was added. Nothing is lost.
 * - `error`: the dialect's error event is the last one.
 * - `incomplete`: the body cannot carry an error; the adapter must leave the HTTP framing incomplete.
 */
export type Ending = 'completed' | 'completed-sentinel' | 'error' | 'incomplete'

/** What ends a stream: the bytes to send after all that went out, and what they make of it. */
export interface Closing {
  readonly ending: Ending
  /** Empty where nothing is to be added. */
  readonly bytes: Uint8Array
}

/** What a closing may need to know beyond the state of the stream. */
export interface ClosingContext {
  /** What cut the stream; `undefined` after a clean end of the body. */
  readonly fault: Fault | undefined
  /** The bytes of the event that was still open at the end; they are dropped, but they may tell what was to come. */
  readonly openEvent: Uint8Array
  readonly lineEnding: LineEnding
  /** The upstream's request id if it sent one, else ours. */
  readonly requestId: string
}

/** Follows one stream of a dialect, event by event. */
export interface Scanner {
  readonly state: StreamState
  /** How many events with model data have been scanned. The first one opens the commit gate; each one is progress. */
  readonly modelDataCount: number
  /**
   * Looks at one whole event: `bytes` from `start` to before `end`, its empty line included. `withhold` keeps it from the
   * client, and only an event that has just made the stream `failed` and `untold` may be withheld.
   */
  scan(bytes: Uint8Array, start: number, end: number): 'forward' | 'withhold'
}

/** A complete error response, for as long as no head has been sent. Header names and values alternate. */
export interface ErrorResponse {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
}

/** Why a proxy does not pass a request on. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 421
  /** For the client; says what to do. */
  readonly sentence: string
}

/** What an error response says: a fault of the way upstream, or a refusal by the proxy itself. */
export type ErrorCause = { readonly fault: Fault } | { readonly refusal: Refusal }

/** One API's way to stream and to fail. Its folder holds `index`, `scan`, `closing` and `error-shape`. */
export interface Dialect {
  readonly id: string
  /** A stream of this dialect is complete only with its terminal event; a clean end of the body proves nothing. */
  readonly hasTerminalEvent: boolean
  /** Whether a request is of this dialect, by its method and path (no query). */
  matches(method: string, path: string): boolean
  /** The headers that carry an API key in this dialect, with the given key in place. Names and values alternate. */
  credentialHeaders(credential: string): readonly string[]
  createScanner(request: RequestFacts): Scanner
  /** What must follow a stream that was cut in `state`; never invents a success. */
  close(state: StreamState, context: ClosingContext): Closing
  /** Bytes that tell the client "still alive" and nothing else, or `undefined` where the dialect knows none. */
  heartbeat(state: StreamState, lineEnding: LineEnding): Uint8Array | undefined
  errorResponse(cause: ErrorCause, requestId: string): ErrorResponse
}
