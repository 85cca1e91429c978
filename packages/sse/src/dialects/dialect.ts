import type { Fault } from '@stopbit/faults'
import type { EventFields } from '../framing/read-event.ts'
import type { LineEnding } from '../framing/event-framer.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { PlainEvents } from './plain-events.ts'

/**
 * How far a stream has come, as the client has seen it. Only whole events that were handed out count. A dialect's own state
 * may hold more than this; everybody else goes by these.
 *
 * - `idle`: nothing that means anything yet (comments and pings do not).
 * - `open`: the answer has begun, no content block is open.
 * - `block`: content blocks are open: their index and the dialect's word for their kind.
 * - `stopping`: every stop reason is through; only the sentinel is missing, if the dialect has one.
 * - `done`: the terminal event of success is through.
 * - `failed`: the upstream has sent an error event of its own. `error` is its data, whatever became of the event: JSON in
 *   one line, or what it was instead; of a whole response that failed only the error; empty beyond 16 KiB. `untold` is what
 *   is still to be said if clients would not have understood the event as an error; then it was withheld, and the closing
 *   says it in a form that they do.
 */
export type StreamState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'open' }
  | { readonly phase: 'block'; readonly blocks: ReadonlyMap<number, string> }
  | { readonly phase: 'stopping'; readonly stopReason: string }
  | { readonly phase: 'done' }
  | { readonly phase: 'failed'; readonly errorType: string; readonly error: string; readonly untold?: string }

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
  /** How many of them are the upstream's own, and come first: a whole event that lacked no more than the end of its line. Default 0. */
  readonly tailBytes?: number
}

/** What a closing may need to know beyond the state of the stream. */
export interface ClosingContext {
  /** What cut the stream; `undefined` after a clean end of the body. */
  readonly fault: Fault | undefined
  readonly policy: EndingPolicy
  /** The first 16 KiB of the event that was still open at the end: it is dropped, but it may tell what was to come. */
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
  /**
   * Called when nothing more of the bytes that `scan` was shown will come in this push: they may change from here on, so what
   * is still needed of them is read now. Left out where nothing ever is.
   */
  release?(): void
  /** Knows the frequent events from their bytes, so that they need not even be framed. Left out where they differ too much. */
  readonly plainEvents?: PlainPasser
  /**
   * Whether a clean end is the upstream's own if this event, of which only line endings are missing, is its last. For
   * dialects in which several events make a stream complete together; elsewhere one event tells by itself.
   */
  isEndedBy?(event: Uint8Array): boolean
}

/** Knows events that change no state, and counts them. */
export interface PlainPasser extends Pick<PlainEvents, 'count' | 'pass'> {
  /** Whether a whole event is one of them, by its beginning and its end, which are several chunks apart; then it is counted. */
  passEnds?(first: Uint8Array, last: Uint8Array): boolean
}

/** A complete error response, for as long as no head has been sent. Header names and values alternate. */
export interface ErrorResponse {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
}

/**
 * Why a proxy does not pass a request on. 408: its body stopped coming. 426: it asks for a protocol that is not spoken here.
 * 503: there is no room for it, but there will be.
 */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 408 | 421 | 426 | 503
  /** For the client; says what to do. */
  readonly sentence: string
}

/** A failure that the upstream told itself, as an HTTP response or as an event. */
export interface UpstreamError {
  /** The HTTP status; left out for an event. One that is no error's (a redirect) counts as left out. */
  readonly status?: number | undefined
  /** The body, or `error` of the `failed` state; empty if there is none that is JSON. */
  readonly data: string
}

/** What an error response says: a fault of the way upstream, a refusal by the proxy itself, or what the upstream said. */
export type ErrorCause = { readonly fault: Fault } | { readonly refusal: Refusal } | { readonly answer: UpstreamError }

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
  /** Whether a request asks for its answer as a stream: by its body, or by its target (path and query) where the API says it there. */
  asksForStream(target: string, facts: RequestFacts): boolean
  /** How a successful response of this media type is framed; `undefined` if it is no stream. */
  framingOf(mediaType: string, target: string): Framing | undefined
  /** The headers that carry an API key in this dialect, with the given key in place. Names and values alternate. */
  credentialHeaders(credential: string): readonly string[]
  /**
   * Whether a request may be executed twice without harm: a stateless inference call, by its body. Method and target are not
   * looked at, and a body that was not read allows nothing.
   */
  isReplayable(facts: RequestFacts): boolean
  createScanner(request: RequestFacts, framing: Framing, policy: EndingPolicy): Scanner<State>
  /**
   * The state of a stream whose head was sent before the upstream answered with an error: nothing but comments has gone out,
   * and `close` says in the stream what the upstream said. `framing` is that of the stream; default `event-stream`.
   */
  failedState(answer: UpstreamError, framing?: Framing): State
  /** What must follow a stream that ended in `state`; never invents a success. */
  close(state: State, context: ClosingContext): Closing
  /** Bytes that tell the client "still alive" and nothing else, or `undefined` where the dialect knows none. */
  heartbeat(state: State, lineEnding: LineEnding): Uint8Array | undefined
  /**
   * The response for a failure before the head went out. An `answer` keeps the upstream's error object, in the envelope of
   * the dialect, and its status; if it has none, that which belongs to the type of the error, or 502.
   */
  errorResponse(cause: ErrorCause, requestId: string): ErrorResponse
}
