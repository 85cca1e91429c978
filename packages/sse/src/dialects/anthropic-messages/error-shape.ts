import { FAULTS, type FaultKind } from '@stopbit/faults'
import type { ErrorCause, ErrorResponse } from '../dialect.ts'

/** The error types of the Messages API by HTTP status. Source: platform.claude.com/docs/en/api/errors. */
const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  421: 'invalid_request_error',
  500: 'api_error',
  502: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** Seconds that a client should wait where there is no room. SDKs sleep on any value, so it stays small. */
const RETRY_AFTER_S = '2'

/** The error type and the sentence of a fault, for an error event and for an error response alike. */
export function errorOf(kind: FaultKind): { readonly type: string; readonly message: string } {
  const { sentence } = FAULTS[kind]
  return { type: TYPE_BY_STATUS[statusOf(kind)] ?? 'api_error', message: sentence }
}

/** The response for a failure before the head went out: status, headers and the API's error envelope. */
export function errorResponse(cause: ErrorCause, requestId: string): ErrorResponse {
  const headers = ['content-type', 'application/json', 'request-id', requestId]
  if ('refusal' in cause) {
    const { status, sentence } = cause.refusal
    const error = { type: TYPE_BY_STATUS[status] ?? 'invalid_request_error', message: sentence }
    return { status, headers, body: envelope(error, requestId) }
  }
  const { kind } = cause.fault
  const status = statusOf(kind)
  if (status === 529) headers.push('retry-after', RETRY_AFTER_S)
  // A certificate does not get better by asking again; everything else may.
  if (kind === 'tls-trust') headers.push('x-should-retry', 'false')
  return { status, headers, body: envelope(errorOf(kind), requestId) }
}

function statusOf(kind: FaultKind): number {
  const { status } = FAULTS[kind]
  return status === 503 ? 529 : status
}

function envelope(error: { readonly type: string; readonly message: string }, requestId: string): string {
  return JSON.stringify({ type: 'error', error, request_id: requestId })
}
