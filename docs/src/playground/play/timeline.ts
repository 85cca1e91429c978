import type { ExchangeRecord } from '@stopbit/exchange'
import type { LimitName } from '@stopbit/traces'

/** Who made bytes that the client got: the upstream, or the proxy itself. */
export type Origin = 'upstream' | 'proxy'

/** What the upstream did. `fault` marks the step that is the trace's failure. */
export type UpstreamMark = { readonly lane: 'upstream'; readonly fault?: true } & (
  | { readonly kind: 'request'; readonly reused: boolean }
  | { readonly kind: 'head'; readonly status: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly events: readonly string[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'fin' }
  | { readonly kind: 'rst' }
  | { readonly kind: 'refused' }
  /** From here on it sends nothing. */
  | { readonly kind: 'silent' }
  /** The proxy closed the connection. */
  | { readonly kind: 'left' }
)

/** What the proxy decided. */
export type ProxyMark = { readonly lane: 'proxy' } & (
  | { readonly kind: 'attempt'; readonly attempt: number }
  /** Bytes that the upstream has sent and the client has not been given. */
  | { readonly kind: 'holds'; readonly byteLength: number }
  | { readonly kind: 'stall'; readonly silentMs: number }
  | { readonly kind: 'retry'; readonly reason: string; readonly delayMs: number; readonly why: string }
  /** `fault` is the kind, `limit` the option whose time ran out. */
  | { readonly kind: 'fault'; readonly fault: string; readonly limit?: LimitName }
)

/** What the client saw. */
export type ClientMark = { readonly lane: 'client'; readonly fault?: true } & (
  | { readonly kind: 'request'; readonly path: string }
  | { readonly kind: 'head'; readonly status: number }
  | {
      readonly kind: 'bytes'
      readonly bytes: Uint8Array
      readonly events: readonly string[]
      readonly origin: Origin
      /** The bytes are nothing but a comment or a ping of the proxy. */
      readonly heartbeat: boolean
    }
  /** The response is framed to its end. */
  | { readonly kind: 'whole' }
  /** The connection is lost in the middle of the response. */
  | { readonly kind: 'cut' }
  /** The client left by itself. */
  | { readonly kind: 'gone' }
  /** Still open when nothing more can come, or when the watch ended. */
  | { readonly kind: 'hangs' }
)

/** One thing that happened. */
export type Mark = {
  /** Milliseconds of virtual time since the client's first request. */
  readonly atMs: number
  /** Which request of the client it belongs to, from 1. */
  readonly exchange: number
} & (UpstreamMark | ProxyMark | ClientMark)

/** What the client had in the end of one exchange. */
export interface ClientAnswer {
  readonly status: number | undefined
  readonly contentType: string
  /** All bytes of the body, in order, and who made them. */
  readonly parts: readonly { readonly bytes: Uint8Array; readonly origin: Origin }[]
  readonly end: 'whole' | 'cut' | 'gone' | 'hangs'
}

/** One exchange, over. */
interface PlayedExchange {
  readonly answer: ClientAnswer
  /** What the core says of it; missing for a relay that keeps none. */
  readonly record: ExchangeRecord | undefined
}

/** A trace, played. */
export interface Timeline {
  /** The permutation's id. */
  readonly trace: string
  readonly marks: readonly Mark[]
  readonly exchanges: readonly PlayedExchange[]
  /** When the last thing happened. */
  readonly durationMs: number
  /** Requests that reached the upstream. */
  readonly upstreamRequests: number
}
