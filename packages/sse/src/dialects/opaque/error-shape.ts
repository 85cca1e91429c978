import { FAULTS } from '@stopbit/faults'
import type { ErrorCause, ErrorResponse, Refusal, UpstreamError } from '../dialect.ts'
import { errorHeaders } from '../error-headers.ts'
import { parseObject } from '../json.ts'
import { toErrorStatus, UNEXPLAINED_SENTENCE, UNKNOWN_STATUS } from '../upstream-error.ts'

/** The types of refusals that are worth another try. */
const REFUSAL_TYPES: Readonly<Record<number, string>> = { 408: 'request_timeout', 503: 'overloaded' }

/** A plain JSON error, in the shape that most HTTP APIs share. What the upstream said itself has no shape that we know. */
export function errorResponse(cause: ErrorCause, requestId: string): ErrorResponse {
  const { status, body } = 'answer' in cause ? answered(cause.answer, requestId) : ours(cause, requestId)
  return { status, headers: errorHeaders('x-request-id', requestId), body }
}

type Answer = Pick<ErrorResponse, 'status' | 'body'>

function answered({ status = UNKNOWN_STATUS, data }: UpstreamError, requestId: string): Answer {
  return {
    status: toErrorStatus(status) ?? UNKNOWN_STATUS,
    body: parseObject(data) !== undefined ? data : envelope('upstream_error', UNEXPLAINED_SENTENCE, requestId),
  }
}

function ours(cause: Exclude<ErrorCause, { readonly answer: UpstreamError }>, requestId: string): Answer {
  if ('refusal' in cause) return refused(cause.refusal, requestId)
  const { kind } = cause.fault
  const { status, sentence } = FAULTS[kind]
  return { status, body: envelope(kind, sentence, requestId) }
}

function refused({ status, sentence }: Refusal, requestId: string): Answer {
  return { status, body: envelope(REFUSAL_TYPES[status] ?? 'request_refused', sentence, requestId) }
}

function envelope(type: string, message: string, requestId: string): string {
  return JSON.stringify({ error: { type, message }, request_id: requestId })
}
