import type { H2Step } from './h2-step.ts'
import type { LimitName } from './limits.ts'
import type { FaultStep, Step } from './step.ts'

/** One step of the upstream's side of a connection. */
export type UpstreamStep =
  | AcceptStep
  | RefuseStep
  | TlsStep
  | ReadRequestStep
  | PauseReadStep
  | ResumeReadStep
  | SendStep
  | ChunkHeaderStep
  | ChunkEndStep
  | WaitStep
  | BarrierStep
  | FinStep
  | TruncateStep
  | RstStep
  | H2Step
  | StallStep
  | ExpectAbortStep
  | LoopStep
  | VariantStep

/** Accepting is implicit; this one leaves the accepted connection unread for `delayMs` (scaled). */
export interface AcceptStep extends Step {
  readonly do: 'accept'
  readonly delayMs: number
}

/** The upstream's port is closed. Only as the single step of a trace's single connection. */
export interface RefuseStep extends FaultStep {
  readonly do: 'refuse'
}

/** Waits for the next request on the connection, to its head or (default) to the end of its body. */
export interface ReadRequestStep extends Step {
  readonly do: 'read-request'
  readonly until?: 'head' | 'body'
}

/**
 * Spoils the TLS handshake. Only as the first step; where the certificate is what is wrong, the script may go on as if a target had
 * trusted it. The runner attests that the ClientHello was read before.
 * - `handshake-stall`: no answer to it, until the target's `connectTimeoutMs`; `handshake-rst`, `handshake-fin`: the connection's end;
 * - `garbage`: bytes that are no TLS; `plain-http`: the plain HTTP answer of a server that speaks no TLS on this port;
 * - `expired-cert`, `wrong-host`, `untrusted-cert`: a certificate that must not be trusted.
 */
export interface TlsStep extends FaultStep {
  readonly do: 'tls'
  readonly how:
    | 'handshake-stall'
    | 'handshake-rst'
    | 'handshake-fin'
    | 'expired-cert'
    | 'wrong-host'
    | 'untrusted-cert'
    | 'garbage'
    | 'plain-http'
}

/** Reads no more of the connection. When the request has been read to its end by then, the trace is `inconclusive`. */
export interface PauseReadStep extends Step {
  readonly do: 'pause-read'
}

export interface ResumeReadStep extends Step {
  readonly do: 'resume-read'
}

/** What a `send` step carries: exactly one of the four. */
export type SendPayload =
  | { readonly text: string }
  | { readonly base64: string }
  /** Each becomes `event: …`, `data: …` and a blank line, with LF; a `data` that is no string is written as JSON. */
  | { readonly sse: readonly SseEvent[] }
  /** Lines of a head, each ended by CRLF, closed by a blank line. Only with `as: head`. */
  | { readonly lines: readonly string[] }

export interface SseEvent {
  readonly event?: string
  readonly data: unknown
}

/** As the fault: what is sent is the failure itself, such as an error event or bytes that are no HTTP. */
interface SendOptions extends FaultStep {
  readonly do: 'send'
  /**
   * `head`: response head; `chunk`: body bytes in HTTP chunk framing; `raw`: body bytes as they are; `wire`: bytes that are neither a
   * sound head nor body. Over HTTP/2 a head becomes HEADERS (hop-by-hop fields left out), `chunk` and `raw` become DATA.
   */
  readonly as: 'head' | 'chunk' | 'raw' | 'wire'
  /** The payload so many times over, before it is cut. */
  readonly repeat?: number
  /** Cuts the payload to its first bytes, before any framing. */
  readonly truncateTo?: number
  /** Cuts the payload into HTTP chunks of at most this many bytes, each written on its own. Only with `as: chunk`. */
  readonly chunkBytes?: number
  /** Offsets in the framed bytes at which a new write starts. Not together with `chunkBytes`. */
  readonly splitAt?: readonly number[]
  /** Pause between its writes, scaled: a slow drip. */
  readonly everyMs?: number
}

export type SendStep = SendOptions & SendPayload

/** A chunk's size line; what `raw` sends follow is its data, and its CRLF comes before the next chunk or end. The size may lie. */
export interface ChunkHeaderStep extends FaultStep {
  readonly do: 'chunk-header'
  /** A string is written as it is: no number at all, for example. */
  readonly size: number | string
  /** Chunk extension, without its semicolon. */
  readonly ext?: string
}

/** The last chunk: a complete chunked body. As the fault: an end in good order where the answer is not through. HTTP/2: END_STREAM. */
export interface ChunkEndStep extends FaultStep {
  readonly do: 'chunk-end'
  /** Fields, without CRLF. */
  readonly trailers?: readonly string[]
}

/** Lets time pass. `scale: false` keeps the milliseconds as they are. */
export interface WaitStep extends Step {
  readonly do: 'wait'
  readonly ms: number
  readonly scale?: boolean
}

/**
 * Waits for the other end, so that order does not depend on speed. When `elseMs` (not scaled) passes first the barrier has
 * not held and the trace is `inconclusive`.
 * - `client-has-complete-events`: the client has the first `n` events of this response (default: all complete ones sent so far);
 * - `client-has-bytes`: the client has `n` body bytes of this response (default: all sent so far);
 * - `client-quiet`: 300 ms (not scaled) without a byte at the client nor from here: for what a target may rightly hold;
 * - `client-closed`: the client has left;
 * - `request-read`: the request has been read to the end of its body.
 */
export interface BarrierStep extends Step {
  readonly do: 'barrier'
  readonly until: 'client-has-complete-events' | 'client-has-bytes' | 'client-quiet' | 'client-closed' | 'request-read'
  readonly n?: number
  readonly elseMs: number
}

/** An orderly close: FIN, over TLS after close_notify. */
export interface FinStep extends FaultStep {
  readonly do: 'fin'
}

/** TLS cut short: FIN without close_notify. */
export interface TruncateStep extends FaultStep {
  readonly do: 'truncate'
}

/** A TCP reset (RST). What the target had not read may be lost, hence the barriers. */
export interface RstStep extends FaultStep {
  readonly do: 'rst'
}

/**
 * Holds the connection open and silent for the rest of the trace. As the first step, bounded by `connectTimeoutMs`, it is a connection
 * that is never made.
 */
export interface StallStep extends FaultStep {
  readonly do: 'stall'
  /** The limit of the target that must end it. */
  readonly boundedBy: LimitName
}

/** The target must close this connection within `withinMs` (not scaled) after the client left. */
export interface ExpectAbortStep extends Step {
  readonly do: 'expect-abort'
  readonly withinMs: number
}

/** Starts the script again, on the same connection. */
export interface LoopStep extends Step {
  readonly do: 'loop'
}

/** Here the steps of the permutation that is played stand. Once in a trace that has `variants`. */
export interface VariantStep extends Step {
  readonly do: 'variant'
}
