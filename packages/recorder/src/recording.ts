import type { Dialect } from '@stopbit/traces'

/** What is kept of a request. Its body is never kept. */
export interface RecordedRequest {
  readonly method: string
  /** As it was asked for, with its query: not to be written anywhere. */
  readonly target: string
  readonly bodyBytes: number
  /** The first 16 hex digits of the body's SHA-256; undefined when it was not read to its end. */
  readonly bodySha256_16: string | undefined
  /** The body's JSON keys and types, without a value; undefined when it is no whole JSON. */
  readonly shape: unknown
  readonly wantsStream: boolean
  readonly hasTools: boolean
}

/** Bytes as one read of the socket gave them. */
export interface Piece {
  /** Since the request's first byte. */
  readonly atMs: number
  readonly bytes: Uint8Array
}

/** A part of the answer, in the order of the wire. */
export type AnswerPart =
  | { readonly kind: 'head'; readonly atMs: number; readonly status: number; readonly lines: readonly string[] }
  /** Body bytes without framing of their own: by length, or up to the end of the connection. */
  | { readonly kind: 'raw'; readonly atMs: number; readonly bytes: Uint8Array }
  /** An HTTP chunk. `size` is what its header says; less than that in `pieces`, or `whole: false`, means that it was cut. */
  | {
      readonly kind: 'chunk'
      readonly atMs: number
      readonly size: number
      readonly pieces: readonly Piece[]
      readonly whole: boolean
    }
  | { readonly kind: 'last-chunk'; readonly atMs: number }

/**
 * How the upstream's side of the exchange ended.
 * - `framing`: the answer was whole by its own framing, whatever it says;
 * - `fin`, `rst`: the connection ended first, or its end is what ends the body (`fin`);
 * - `refused`: there was no connection to be had;
 * - `client-left`: the client did not wait for more; `stopped`: the recorder did not. In both the upstream was still open.
 */
export type EndKind = 'framing' | 'fin' | 'rst' | 'refused' | 'client-left' | 'stopped'

/** One exchange as it was on the wire, in memory only. */
export interface Recording {
  readonly dialect: Dialect
  readonly request: RecordedRequest
  readonly answer: readonly AnswerPart[]
  readonly end: { readonly kind: EndKind; readonly atMs: number }
  /** The exchange before it on the same connection to the upstream, if it was whole. */
  readonly before: Recording | undefined
  /** Where the bytes come from: a tap sees the wire; a pool sees bodies without HTTP framing. */
  readonly seenBy: 'tap' | 'pool'
}

/** All body bytes of an answer, without framing. */
export function bodyOf(answer: readonly AnswerPart[]): Buffer {
  return Buffer.concat(answer.flatMap((part) => bytesOf(part)))
}

/** The body bytes of one part, as they were read. */
function bytesOf(part: AnswerPart): Uint8Array[] {
  if (part.kind === 'raw') return [part.bytes]
  return part.kind === 'chunk' ? part.pieces.map(({ bytes }) => bytes) : []
}

/** The final head; undefined when none came. Interim (1xx) heads are parts as well, and passed over here. */
export function headOf(answer: readonly AnswerPart[]): (AnswerPart & { kind: 'head' }) | undefined {
  return answer.find((part): part is AnswerPart & { kind: 'head' } => part.kind === 'head' && part.status >= 200)
}

/** The first value of a header in lines of a head. `name` in lower case. */
export function headerIn(lines: readonly string[], name: string): string | undefined {
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':')
    if (colon > 0 && line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim()
  }
  return undefined
}
