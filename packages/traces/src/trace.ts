import type { LimitName, Limits } from './limits.ts'

/**
 * Trace format, version 1: one failure (or one healthy exchange) of an LLM stream as data. A trace holds two scripts, one for
 * each end of the proxy under test; the runner plays both, so that their order is fixed by barriers and not by sleeps.
 * One file per trace: `<group>/<slug>.trace.json`, and the folder is the registry. Unknown keys are refused.
 * All durations are milliseconds at scale 1; all sizes are bytes.
 */
export interface Trace {
  /** Address of the JSON Schema, for editors. Never fetched. */
  readonly $schema?: string
  /** A reader refuses any other number. */
  readonly format: 1
  /** `<group>/<slug>`, equal to the file's place. Permanent: never reused, never renamed. */
  readonly id: string
  readonly title: string
  /** The suite's release that introduced the trace, `YYYY.N`. */
  readonly since: string
  /** What the upstream speaks. */
  readonly dialect: Dialect
  /** Groups traces in reports, for example `reset-mid-stream`. */
  readonly family: string
  /** `control`: a healthy exchange, or one whose only fault is the client's; `slow`: takes seconds. */
  readonly tags?: readonly string[]
  /** Features that a target must declare; without one of them the trace is not applicable. */
  readonly requires: readonly string[]
  readonly provenance: Provenance
  /** Limits that differ from `DEFAULT_LIMITS` for this trace. */
  readonly limits?: Limits
  /** Measures something of the target first. Needed by `sweep`. */
  readonly calibrate?: Calibrate
  /** Plays the client script once per offset and repeat, all in parallel, each on its own connection. */
  readonly sweep?: Sweep
  /** The ways in which the upstream goes on at its step `{ "do": "variant" }`. Each is a permutation, played for itself. */
  readonly variants?: Variants
  /** Plays the trace once per place in its body: the upstream sends so many bytes of it, then comes the fault. One result for all. */
  readonly cuts?: Cuts
  readonly client: readonly ClientStep[]
  readonly upstream: UpstreamScripts
  /** Proof that the bytes are the ones meant. Needed as soon as the upstream sends body bytes. */
  readonly check?: BodyCheck
  readonly expect: Expectation
}

export type Dialect = 'anthropic-messages' | 'openai-chat' | 'openai-responses' | 'gemini' | 'opaque'

/** Where a trace comes from, and how far it may be trusted. */
export interface Provenance {
  /** `recorded` from a wire, `reconstructed` from a report (both need `sources`), or `synthetic`. */
  readonly kind: 'recorded' | 'reconstructed' | 'synthetic'
  readonly sources?: readonly string[]
  /** The facts of the source, free in form. */
  readonly observed?: { readonly [fact: string]: unknown }
  /** How true each aspect is to the source. Needed for `recorded` and `reconstructed`. */
  readonly fidelity?: Fidelity
  /** What was removed. `reviewedBy` must name somebody when the trace is `recorded`. */
  readonly redaction?: { readonly policy: 'none-needed' | 'filled'; readonly reviewedBy: readonly string[] }
}

export type FidelityMark = 'exact' | 'assumed' | 'synthetic' | 'calibrated' | 'unknown' | 'not-applicable'

export interface Fidelity {
  readonly fault: FidelityMark
  readonly byteCount: FidelityMark
  readonly bytes: FidelityMark
  readonly framing: FidelityMark
  readonly timing: FidelityMark
}

/** Measures, on idle client connections, how long after a response the target closes them: that time is `T`. Not scaled. */
export interface Calibrate {
  readonly measure: 'listener-idle-close'
  readonly as: 'T'
  /** When no close came until then the sweep is `not-tested`. Scaled. */
  readonly capMs: number
}

/** Runs the client script with `$<param>` = T + offset, `repeats` times per offset. Offsets are not scaled. */
export interface Sweep {
  readonly param: string
  readonly relativeTo: 'T'
  readonly offsets: readonly number[]
  readonly repeats: number
}

/** A permutation's id is `<id>/<param>:<value>`, such as `anthropic/cut-in-text/ending:rst`. */
export interface Variants {
  readonly param: string
  readonly values: { readonly [value: string]: Variant }
}

/** What one permutation has of its own. */
export interface Variant {
  /** Stand in for the step `variant`; may be empty. */
  readonly steps: readonly UpstreamStep[]
  /** Over the trace's own. */
  readonly limits?: Limits
  /** Single fields over the trace's own. */
  readonly expect?: Partial<Expectation>
}

/** Which cuts of the body are played, in bytes that are sent of it. */
export interface Cuts {
  readonly from: number
  /** Default: the whole body but its last byte. */
  readonly to?: number
  /** From one cut to the next. Default 1. */
  readonly step?: number
}

export interface UpstreamScripts {
  /** Speaks TLS, with a certificate for 127.0.0.1 and localhost of an authority that the target gets as `STOPBIT_UPSTREAM_CA_FILE`. */
  readonly tls?: true
  /** Default `1.1`. `2` needs `tls`, and is the only protocol that is then offered (ALPN `h2`). */
  readonly http?: '1.1' | '2'
  /** In the order of the connections' first bytes. A connection beyond the list is reset at its first request, which is counted. */
  readonly connections: readonly UpstreamConnectionScript[]
}

export interface UpstreamConnectionScript {
  /** `any`: serves this and every further connection; only for the last entry. */
  readonly reuse?: 'any'
  /** When the script is through, the connection stays open; a further request on it is counted and the connection reset. */
  readonly script: readonly UpstreamStep[]
}

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

interface Step {
  readonly note?: string
}

/** Marks the one step that is the failure. The runner attests that it ran. */
interface FaultStep extends Step {
  readonly fault?: true
}

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

interface SendOptions extends Step {
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

/** Steps of an HTTP/2 upstream; those of a stream speak of that of the current request. */
export type H2Step = H2RstStreamStep | H2GoawayStep | H2PingFloodStep | H2WindowZeroStep | H2RawStep

/** Error codes of RFC 9113, section 7. */
export type H2ErrorCode =
  | 'NO_ERROR'
  | 'PROTOCOL_ERROR'
  | 'INTERNAL_ERROR'
  | 'FLOW_CONTROL_ERROR'
  | 'REFUSED_STREAM'
  | 'CANCEL'
  | 'ENHANCE_YOUR_CALM'

export interface H2RstStreamStep extends FaultStep {
  readonly do: 'h2-rst-stream'
  readonly code: H2ErrorCode
}

/** `lastStream`: the last that is processed. `this`: that of the current request; `none`: 0; `all`: whatever may still come. */
export interface H2GoawayStep extends FaultStep {
  readonly do: 'h2-goaway'
  readonly code: H2ErrorCode
  readonly lastStream: 'this' | 'none' | 'all'
}

/** Sends `count` PING frames in one write. */
export interface H2PingFloodStep extends FaultStep {
  readonly do: 'h2-ping-flood'
  readonly count: number
}

/** No room for the upload: an initial window of 0, and no WINDOW_UPDATE. Only as the first step. */
export interface H2WindowZeroStep extends FaultStep {
  readonly do: 'h2-window-zero'
}

/** Bytes between two frames, such as a bad frame. */
export interface H2RawStep extends FaultStep {
  readonly do: 'h2-raw'
  readonly base64: string
}

/** Starts the script again, on the same connection. */
export interface LoopStep extends Step {
  readonly do: 'loop'
}

/** Here the steps of the permutation that is played stand. Once in a trace that has `variants`. */
export interface VariantStep extends Step {
  readonly do: 'variant'
}

/** One step of the client's side. */
export type ClientStep =
  | ConnectStep
  | RequestStep
  | AwaitStep
  | ClientWaitStep
  | ClientPauseReadStep
  | ClientResumeReadStep
  | HalfCloseStep
  | AbortStep

/** Opens a connection to the target under a name. */
export interface ConnectStep extends Step {
  readonly do: 'connect'
  readonly conn: string
}

export interface RequestStep extends FaultStep {
  readonly do: 'request'
  readonly conn: string
  /** Path and query at the upstream's API; the path gives way to the one that the target's manifest names for the dialect. */
  readonly path: string
  /** A known body and its headers (`request-presets.ts`). Without it `body` is needed. */
  readonly preset?: string
  /** JSON body; its keys win over the preset's. */
  readonly body?: { readonly [key: string]: unknown }
  /** Lower-case names; win over the preset's. */
  readonly headers?: { readonly [name: string]: string }
  /** Sets `stream` in the body. */
  readonly stream?: boolean
  /** Makes the body larger by a field of so many bytes: an upload that takes its time. */
  readonly padBytes?: number
}

/** Waits on the newest exchange of a connection. `end` also ends when the connection does. */
export interface AwaitStep extends Step {
  readonly do: 'await'
  readonly conn: string
  readonly until: 'head' | 'events' | 'bytes' | 'end'
  /** For `events` and `bytes`. Heartbeats of the target are no events. */
  readonly n?: number
}

export interface ClientWaitStep extends Step {
  readonly do: 'wait'
  /** Milliseconds, or `$<param>` of the sweep. */
  readonly ms: number | string
  readonly scale?: boolean
}

/** Reads no more of the response: a slow reader. */
export interface ClientPauseReadStep extends Step {
  readonly do: 'pause-read'
  readonly conn: string
}

export interface ClientResumeReadStep extends Step {
  readonly do: 'resume-read'
  readonly conn: string
}

/** Sends FIN and goes on reading. A target may take it for leaving; it then counts as such. */
export interface HalfCloseStep extends FaultStep {
  readonly do: 'half-close'
  readonly conn: string
}

/** The client leaves: closes its socket (`fin`) or resets it (`rst`). */
export interface AbortStep extends FaultStep {
  readonly do: 'abort'
  readonly conn: string
  readonly how: 'fin' | 'rst'
}

export interface BodyCheck {
  /** All body bytes that the script sends before its fault, framing not counted. */
  readonly bodyBytes: number
  /** The first 16 hex digits of their SHA-256. */
  readonly bodySha256_16: string
}

/** How an exchange ended, as the client saw it. */
export type Outcome =
  /** A success terminal that the upstream sent, in a complete framing; or a whole non-stream answer. */
  | 'completed'
  /** As before, where the target added only the missing sentinel after every stop reason. */
  | 'completed-sentinel'
  /** The dialect's error event comes last, in a complete framing. */
  | 'error-in-band'
  /** A 4xx or 5xx with the dialect's JSON error. */
  | 'error-status'
  | 'client-left'
  /** Only where a connection is meant to be lost: sent in full, no byte came back. */
  | 'no-response'

export interface Expectation {
  /** Any of these, for every exchange of the trace. */
  readonly outcome: readonly Outcome[]
  /** Invariants that decide; each must be `pass`. */
  readonly must: readonly string[]
  /** Invariants that only warn. */
  readonly should?: readonly string[]
  /** Most requests that the upstream may get per request of the client. Default 1; a target's `policy.retry` may raise it. */
  readonly upstreamRequests?: { readonly max: number }
  /** Complete upstream events that the client must have: a cross-check of the runner itself. */
  readonly clientHasEvents?: number
  /** The target may end the exchange before the fault if this limit of it is below the number. */
  readonly mayPreempt?: { readonly limit: LimitName; readonly belowMs: number }
}
