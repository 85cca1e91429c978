import type { ClientStep } from './client-step.ts'
import type { LimitName, Limits } from './limits.ts'
import type { UpstreamStep } from './upstream-step.ts'

export type * from './client-step.ts'
export type * from './h2-step.ts'
export type * from './upstream-step.ts'

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
  readonly redaction?: {
    readonly policy: 'none-needed' | 'filled'
    readonly reviewedBy: readonly string[]
    /** What removed it, with its version. */
    readonly tool?: string
    /** The names of the tool's rules that were followed. */
    readonly rules?: readonly string[]
  }
  /** What wrote the trace down. */
  readonly recorder?: { readonly name: string; readonly version: string }
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
  /** A body that cannot carry an error, and whose framing was left incomplete because the upstream's was. */
  | 'incomplete'
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
