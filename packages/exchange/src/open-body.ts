import { mediaType, type Dialect, type Finalizer, type Framing } from '@stopbit/sse'
import { headerValue } from './headers.ts'
import type { Head } from './phase.ts'
import type { HeaderList } from './sink.ts'

/** An event stream: whole events only, with a true end. */
export interface EventStreamBody {
  readonly kind: 'event-stream'
  readonly framing: Framing
  readonly finalizer: Finalizer
  byteLength: number
  /** As of a JSON body. What is short of it is cut, also where no terminal event tells. */
  readonly expectedBytes: number | undefined
}

/** A JSON body, or any error's, kept until it is whole, so that a truncated one becomes an error and not a lie. */
export interface JsonBody {
  readonly kind: 'json'
  readonly chunks: Uint8Array[]
  byteLength: number
  /** What `content-length` promised; HTTP/2 transports do not hold an upstream to it. */
  readonly expectedBytes: number | undefined
  /**
   * No length says where an answer ends: what another proxy on the way has cut and ended in good order looks whole, so that its
   * JSON has to be checked. Of chunked bodies only where the dialect is known: elsewhere JSON lines may pass for JSON.
   */
  readonly mustBeChecked: boolean
}

/** Bytes that pass as they come. */
export interface RawBody {
  readonly kind: 'raw'
  byteLength: number
  readonly expectedBytes: number | undefined
}

export type Body = EventStreamBody | JsonBody | RawBody

/** What decides how a response body is handled, beside its head. */
export interface BodyContext {
  readonly method: string
  /** Path and query of the request. */
  readonly target: string
  readonly dialect: Dialect
  readonly createFinalizer: (framing: Framing) => Finalizer
}

/** Decides how the body of an upstream response is handled, by its status and headers. */
export function openBody({ method, target, dialect, createFinalizer }: BodyContext, { status, headers }: Head): Body {
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
  const isDelimitedByClose = !hasHeader(headers, 'content-length') && !hasHeader(headers, 'transfer-encoding')
  if (!hasBody) return { kind: 'raw', byteLength: 0, expectedBytes: undefined }
  const length = lengthOf(headers)
  const expectedBytes = codingOf(headers) === undefined ? length : undefined
  const type = mediaType(headerValue(headers, 'content-type'))
  // An error is an error whatever type it claims to have: its status must reach the client.
  const framing = status >= 200 && status < 300 ? dialect.framingOf(type, target) : undefined
  if (framing !== undefined) {
    return { kind: 'event-stream', framing, finalizer: createFinalizer(framing), byteLength: 0, expectedBytes }
  }
  if (isJsonType(type) || (status >= 400 && isKnown(dialect))) {
    const mayLookWhole = isDelimitedByClose || (length === undefined && isKnown(dialect))
    const mustBeChecked = status < 300 && mayLookWhole && codingOf(headers) === undefined
    return { kind: 'json', chunks: [], byteLength: 0, expectedBytes, mustBeChecked }
  }
  return { kind: 'raw', byteLength: 0, expectedBytes: length } // a coded one passes as it is
}

function isJsonType(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json')
}

function isKnown(dialect: Dialect): boolean {
  return dialect.completeWith !== 'clean-end'
}

function hasHeader(headers: HeaderList, name: string): boolean {
  return headerValue(headers, name) !== undefined
}

function lengthOf(headers: HeaderList): number | undefined {
  const length = Number(headerValue(headers, 'content-length') ?? Number.NaN)
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined
}

/** The content coding of a body; `undefined` if it has none. */
export function codingOf(headers: HeaderList): string | undefined {
  const coding = headerValue(headers, 'content-encoding')?.trim().toLowerCase()
  return coding === undefined || coding === '' || coding === 'identity' ? undefined : coding
}

/** The head of the same body when it is decoded. */
export function withoutCoding({ status, headers }: Head): Head {
  const kept = headers.filter((_, i) => !/^content-(?:encoding|length)$/i.test(headers[i - (i % 2)] ?? ''))
  return { status, headers: kept }
}

/** Whether a JSON body that has ended is whole. */
export function isWhole({ chunks, byteLength, expectedBytes, mustBeChecked }: JsonBody): boolean {
  if (expectedBytes !== undefined) return byteLength === expectedBytes
  return !mustBeChecked || parse(chunks) !== undefined
}

/** Whether a body that has ended is less than its head promised. */
export function isShort({ byteLength, expectedBytes }: EventStreamBody | RawBody): boolean {
  return expectedBytes !== undefined && byteLength < expectedBytes
}

/**
 * What an upstream's error says, if it has to be said in another form; `''` if it says nothing that a client could read.
 * `undefined`: the body is fine as it is.
 */
export function errorDataOf(
  body: JsonBody,
  { status }: Head,
  dialect: Dialect,
  head: 'held' | 'sent',
): string | undefined {
  if (head === 'held' && (status < 400 || !isKnown(dialect))) return undefined
  const error = parse(body.chunks)
  if (typeof error?.json !== 'object' || error.json === null) return ''
  // vLLM and its like answer with the bare error object, which no SDK reads.
  const isBare = 'object' in error.json && error.json.object === 'error' && !('error' in error.json)
  return head === 'sent' || isBare ? error.text : undefined
}

/** The JSON text that the chunks hold; `undefined` if it is none. */
function parse(chunks: readonly Uint8Array[]): { readonly text: string; readonly json: unknown } | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
    return { text, json: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** The answer itself has begun: model data, a stop reason, or its end. An error before all of these is no answer. */
export function isAnswering({ modelDataCount, state }: Finalizer): boolean {
  return modelDataCount > 0 || state.phase === 'stopping' || state.phase === 'done'
}

/** Whether a stream may rightly be silent for hours: it was asked for by GET, in no dialect that is known. */
export function isSideChannel(method: string, { finalizer }: EventStreamBody): boolean {
  return method === 'GET' && finalizer.dialect.completeWith === 'clean-end'
}

/** The terminal event, of success or of failure, went through. */
export function isOver({ state }: Finalizer): boolean {
  return state.phase === 'done' || state.phase === 'failed'
}
