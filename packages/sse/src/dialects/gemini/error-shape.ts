import { FAULTS, type FaultKind } from '@stopbit/faults'
import type { ErrorCause, ErrorResponse } from '../dialect.ts'

/** The status words of google.rpc by HTTP status. Source: cloud.google.com/apis/design/errors; 421 is ours. */
const WORD_BY_CODE: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  421: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

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

/** The response for a failure before the head went out: status, headers and the API's error envelope. */
export function errorResponse(cause: ErrorCause, requestId: string): ErrorResponse {
  const isRefusal = 'refusal' in cause
  const error = isRefusal ? errorFor(cause.refusal.status, cause.refusal.sentence) : errorOf(cause.fault.kind)
  const headers = ['content-type', 'application/json', 'x-request-id', requestId]
  if (!isRefusal && FAULTS[cause.fault.kind].status === 503) headers.push('retry-after', RETRY_AFTER_S)
  return { status: error.code, headers, body: JSON.stringify({ error, request_id: requestId }) }
}

/** Whether clients take this for an error. Source: `throwIfStreamErrorChunk` of `@google/genai` 3.1. */
export function isUnderstood(error: unknown): error is { readonly code: number; readonly status?: unknown } {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false
  return typeof error.code === 'number' && error.code >= 400 && error.code < 600
}

/** An error of the upstream, whatever its form, so that clients take it for one. What it says is kept. */
export function toUnderstood(error: unknown): GeminiError {
  if (typeof error !== 'object' || error === null) {
    return errorFor(500, typeof error === 'string' && error !== '' ? error : FAULTS['body-truncated'].sentence)
  }
  const { code, message, status } = error as Partial<Record<keyof GeminiError, unknown>>
  const understood = errorFor(
    isUnderstood(error) ? error.code : codeFrom(code, status),
    typeof message === 'string' ? message : FAULTS['body-truncated'].sentence,
  )
  return { ...error, ...understood, ...(typeof status === 'string' && { status }) }
}

/** A code that was written as a text, else the one that belongs to the word. */
function codeFrom(code: unknown, status: unknown): number {
  if (typeof code === 'string' && /^[45]\d\d$/.test(code)) return Number(code)
  const [known] = Object.entries(WORD_BY_CODE).find(([, word]) => word === status) ?? []
  return known === undefined ? 500 : Number(known)
}

function errorFor(code: number, message: string): GeminiError {
  return { code, message, status: WORD_BY_CODE[code] ?? 'UNKNOWN' }
}
