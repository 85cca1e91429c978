import {
  createFinalizer,
  mediaType,
  type Dialect,
  type EndingPolicy,
  type Finalizer,
  type RequestFacts,
} from '@stopbit/sse'
import { headerValue } from './headers.ts'
import type { HeaderList } from './sink.ts'

/** An event stream: whole events only, with a true end. */
export interface EventStreamBody {
  readonly kind: 'event-stream'
  readonly finalizer: Finalizer
}

/** A JSON body, kept until it is whole, so that a truncated one becomes an error and not a lie. */
export interface JsonBody {
  readonly kind: 'json'
  readonly chunks: Uint8Array[]
  byteLength: number
  /** An answer that neither a length nor chunks delimit: a cut looks like its end, so its JSON has to be checked. */
  readonly mustBeWhole: boolean
}

/** Bytes that pass as they come. */
export interface RawBody {
  readonly kind: 'raw'
}

export type Body = EventStreamBody | JsonBody | RawBody

/** What decides how a response body is handled. */
export interface BodyContext {
  readonly method: string
  /** Path and query of the request. */
  readonly target: string
  readonly status: number
  readonly headers: HeaderList
  readonly dialect: Dialect
  readonly request: RequestFacts
  readonly requestId: string
  readonly ending: EndingPolicy
  readonly maxEventBytes: number
}

/** Decides how the body of an upstream response is handled, by its status and headers. */
export function openBody(context: BodyContext): Body {
  const { status, headers, dialect, target, request, requestId, ending, maxEventBytes } = context
  if (!hasBody(context) || isCoded(headers)) return { kind: 'raw' }
  const type = mediaType(headerValue(headers, 'content-type'))
  // An error is an error whatever type it claims to have: its status must reach the client.
  const framing = status >= 200 && status < 300 ? dialect.framingOf(type, target) : undefined
  if (framing !== undefined) {
    const finalizer = createFinalizer({ dialect, framing, request, requestId, ending, maxEventBytes })
    return { kind: 'event-stream', finalizer }
  }
  if (type === 'application/json' || type.endsWith('+json')) {
    const mustBeWhole = status < 300 && isCloseDelimited(headers)
    return { kind: 'json', chunks: [], byteLength: 0, mustBeWhole }
  }
  return { kind: 'raw' }
}

function hasBody({ method, status }: BodyContext): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}

function isCoded(headers: HeaderList): boolean {
  const coding = headerValue(headers, 'content-encoding')?.trim().toLowerCase()
  return coding !== undefined && coding !== '' && coding !== 'identity'
}

function isCloseDelimited(headers: HeaderList): boolean {
  return headerValue(headers, 'content-length') === undefined && headerValue(headers, 'transfer-encoding') === undefined
}

/** Whether the chunks are one JSON text. */
export function isWholeJson(chunks: readonly Uint8Array[]): boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    JSON.parse(chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode())
    return true
  } catch {
    return false
  }
}

/** The answer itself has begun: model data, a stop reason, or the upstream's own end. */
export function isAnswering(finalizer: Finalizer): boolean {
  return finalizer.modelDataCount > 0 || finalizer.state.phase === 'stopping' || isOver(finalizer)
}

/** Whether a stream may rightly be silent for hours: it was asked for by GET, in no dialect that is known. */
export function isSideChannel(method: string, { finalizer }: EventStreamBody): boolean {
  return method === 'GET' && finalizer.dialect.completeWith === 'clean-end'
}

/** The terminal event, of success or of failure, went through. */
export function isOver({ state }: Finalizer): boolean {
  return state.phase === 'done' || state.phase === 'failed'
}
