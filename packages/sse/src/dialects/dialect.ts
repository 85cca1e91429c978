import type { Fault } from '@stopbit/faults'
import type { EventFields } from '../framing/read-event.ts'
import type { LineEnding } from '../framing/event-framer.ts'
import type { RequestFacts } from '../request-facts.ts'

/**
 * How far a stream has come, as the client has seen it. Only whole events that were handed out count. A dialect's own state
 * may hold more than this; everybody else goes by these.
 *
 * - `idle`: nothing that means anything yet (comments and pings do not).
 * - `open`: the answer has begun, no content block is open.
 * - `block`: content blocks are open: their index and the dialect's word for their kind.
 * - `stopping`: every stop reason is through; only the sentinel is missing, if the dialect has one.
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
 * - `kept-partial`: the same, behind an open text block that was closed first.
 * - `truncated`: ended gracefully, with a stop reason that says truncation. Only by the policy `truncate`.
 * - `incomplete`: the body cannot carry an error; the adapter must leave the HTTP framing incomplete.
 */
export type Ending = 'completed' | 'completed-sentinel' | 'error' | 'kept-partial' | 'truncated' | 'incomplete'

/**
 * What a cut stream is to end with.
 *
 * - `error` (default): the dialect's error event, behind whole events. Every client sees a failure, and agents try again.
 * - `keep-partial`: an open text block is closed before the same error. Newest Claude Code keeps the text and resumes.
 * - `truncate`: a graceful end whose stop reason says truncation. Falls back to `error` wherever that could do harm: once a
 *   tool call has begun, in unsigned thinking, and in everything else that a client would take for whole.
 */
export type EndingPolicy = 'error' | 'keep-partial' | 'truncate'

/** Every ending policy. */
export const ENDING_POLICIES: readonly EndingPolicy[] = ['error', 'keep-partial', 'truncate']

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
  readonly policy: EndingPolicy
  /** The bytes of the event that was still open at the end; they are dropped, but they may tell what was to come. */
  readonly openEvent: Uint8Array
  readonly lineEnding: LineEnding
  /** The upstream's request id if it sent one, else ours. */
  readonly requestId: string
}

/** Follows one stream of a dialect, event by event. */
export interface Scanner<State extends StreamState = StreamState> {
  readonly state: State
  /** How many events with model data have been scanned. The first one opens the commit gate; each one is progress. */
  readonly modelDataCount: number
  /**
   * Looks at one whole event: `bytes` from `start` to before `end`, its empty line included. `withhold` keeps it from the
   * client: an error that clients would not have understood, or an end that came too early. The closing says what it was.
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

/** How the units of a stream are told apart: events with empty lines between them, or elements of one JSON array. */
export type Framing = 'event-stream' | 'json-array'

/** One API's way to stream and to fail. Its folder holds `index`, `scan`, `closing` and `error-shape`. */
export interface Dialect<State extends StreamState = StreamState> {
  readonly id: string
  /**
   * What makes a stream complete: a terminal event; the stop reasons alone, with usage that may follow; or, where nothing is
   * known of the dialect, any clean end of the body.
   */
  readonly completeWith: 'terminal-event' | 'stop-reasons' | 'clean-end'
  /** Whether a request is of this dialect, by its method and target (path and query). */
  matches(method: string, target: string): boolean
  /** Whether the first event of a stream, asked for on a path that nobody knows, shows it to be of this dialect. */
  recognizes(event: EventFields): boolean
  /** How a successful response of this media type is framed; `undefined` if it is no stream. */
  framingOf(mediaType: string, target: string): Framing | undefined
  /** The headers that carry an API key in this dialect, with the given key in place. Names and values alternate. */
  credentialHeaders(credential: string): readonly string[]
  createScanner(request: RequestFacts, framing: Framing, policy: EndingPolicy): Scanner<State>
  /** What must follow a stream that ended in `state`; never invents a success. */
  close(state: State, context: ClosingContext): Closing
  /** Bytes that tell the client "still alive" and nothing else, or `undefined` where the dialect knows none. */
  heartbeat(state: State, lineEnding: LineEnding): Uint8Array | undefined
  errorResponse(cause: ErrorCause, requestId: string): ErrorResponse
}
