import { FAULTS, type FaultKind } from '@stopbit/faults'
import type { ErrorCause, ErrorResponse, UpstreamError } from '../dialect.ts'
import { errorHeaders } from '../error-headers.ts'
import { toSayable } from '../json.ts'
import { readUpstreamError, toErrorStatus, UNEXPLAINED_SENTENCE, UNKNOWN_STATUS } from '../upstream-error.ts'

/** The status words of google.rpc by HTTP status. Source: cloud.google.com/apis/design/errors; 408 and 421 are ours. */
const WORD_BY_CODE: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  421: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** HTTP statuses by the words of google.rpc. Source: the same. */
const CODE_BY_WORD: ReadonlyMap<unknown, number> = new Map([
  ['INVALID_ARGUMENT', 400],
  ['FAILED_PRECONDITION', 400],
  ['OUT_OF_RANGE', 400],
  ['UNAUTHENTICATED', 401],
  ['PERMISSION_DENIED', 403],
  ['NOT_FOUND', 404],
  ['ABORTED', 409],
  ['ALREADY_EXISTS', 409],
  ['RESOURCE_EXHAUSTED', 429],
  ['CANCELLED', 499],
  ['INTERNAL', 500],
  ['UNKNOWN', 500],
  ['DATA_LOSS', 500],
  ['UNIMPLEMENTED', 501],
  ['UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 504],
])

/** Seconds that a client should wait where there is no room. Clients sleep on any value, so it stays small. */
const RETRY_AFTER_S = '2'

/** The error object of this API, in an HTTP response and in a stream alike. */
export interface GeminiError {
  /** The HTTP status. `@google/genai` takes an error for one only if this is a number from 400 to 599. */
  readonly code: number
  readonly message: string
  readonly status: string
}

/** The error object of a fault. google.rpc has no word for 502: what could not be reached is `UNAVAILABLE`. */
export function errorOf(kind: FaultKind): GeminiError {
  const { status, sentence } = FAULTS[kind]
  return errorFor(status === 502 ? 503 : status, sentence)
}

/** What the upstream said, in a form that clients take for an error. Its code is the HTTP status, where that is known. */
export function answeredError({ status, data }: UpstreamError): GeminiError {
  const known = toErrorStatus(status)
  const said = readUpstreamError(data)
  return said === undefined
    ? errorFor(known ?? UNKNOWN_STATUS, UNEXPLAINED_SENTENCE)
    : toUnderstood(said, known ?? UNKNOWN_STATUS)
}

/** The response for a failure before the head went out: status, headers and the API's error envelope. */
export function errorResponse(cause: ErrorCause, requestId: string): ErrorResponse {
  const headers = errorHeaders('x-request-id', requestId)
  if ('answer' in cause) {
    const error = answeredError(cause.answer)
    return { status: toErrorStatus(cause.answer.status) ?? error.code, headers, body: JSON.stringify({ error }) }
  }
  const error = 'refusal' in cause ? errorFor(cause.refusal.status, cause.refusal.sentence) : errorOf(cause.fault.kind)
  if (asksToWait(cause)) headers.push('retry-after', RETRY_AFTER_S)
  return { status: error.code, headers, body: JSON.stringify({ error, request_id: requestId }) }
}

/** Only where there is no room: 503 is also what could not be reached, and that need not wait. */
function asksToWait(cause: Exclude<ErrorCause, { readonly answer: UpstreamError }>): boolean {
  return 'refusal' in cause ? cause.refusal.status === 503 : FAULTS[cause.fault.kind].status === 503
}

/** Whether clients take this for an error. Source: `throwIfStreamErrorChunk` of `@google/genai` 3.1. */
export function isUnderstood(error: unknown): error is { readonly code: number; readonly status?: unknown } {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false
  return typeof error.code === 'number' && error.code >= 400 && error.code < 600
}

/**
 * An error of the upstream, whatever its form, so that clients take it for one. What it says is kept. `otherwise` is the code
 * of one that has none, by number or by word; default 500.
 */
export function toUnderstood(error: unknown, otherwise = 500): GeminiError {
  if (typeof error !== 'object' || error === null) {
    return errorFor(otherwise, typeof error === 'string' && error !== '' ? error : UNEXPLAINED_SENTENCE)
  }
  const { code, message, status } = error as Partial<Record<keyof GeminiError, unknown>>
  const understood = errorFor(
    toErrorStatus(code) ?? CODE_BY_WORD.get(status) ?? otherwise,
    typeof message === 'string' ? message : UNEXPLAINED_SENTENCE,
  )
  return { ...toSayable(error), ...understood, ...(typeof status === 'string' && { status }) }
}

function errorFor(code: number, message: string): GeminiError {
  return { code, message, status: WORD_BY_CODE[code] ?? 'UNKNOWN' }
}
