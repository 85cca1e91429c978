import { FAULTS, type FaultKind } from '@stopbit/faults'
import type { ErrorCause, ErrorResponse } from '../dialect.ts'

/** Seconds that a client should wait where there is no room. The SDK sleeps on any value, so it stays small. */
const RETRY_AFTER_S = '2'

/** An error of the OpenAI APIs. */
export interface OpenAiError {
  readonly message: string
  readonly type: string
  readonly param: null
  readonly code: string
}

/** The error of a fault, for an error event and for an error response alike. */
export function errorOf(kind: FaultKind): OpenAiError {
  const { sentence, status } = FAULTS[kind]
  return { message: sentence, type: 'server_error', param: null, code: codeOf(status) }
}

/** Words that clients read: `timeout` and `overload` in a code tell the AI SDK the status that an event cannot carry. */
function codeOf(status: number): string {
  if (status === 504) return 'upstream_timeout'
  return status === 503 ? 'upstream_overloaded' : 'upstream_connection_error'
}

/** The response for a failure before the head went out. Source: reference wire protocols §5.3, §10. */
export function errorResponse(cause: ErrorCause, requestId: string): ErrorResponse {
  const headers = ['content-type', 'application/json', 'x-request-id', requestId]
  if ('refusal' in cause) {
    const { status, sentence } = cause.refusal
    const error = { message: sentence, type: 'invalid_request_error', param: null, code: 'request_refused' }
    return { status, headers, body: JSON.stringify({ error }) }
  }
  const { kind } = cause.fault
  const { status } = FAULTS[kind]
  // Codex gives up on a 429 without this header, and clients wait as long as it says.
  if (status === 503) headers.push('retry-after', RETRY_AFTER_S)
  // A certificate does not get better by asking again; everything else may.
  if (kind === 'tls-trust') headers.push('x-should-retry', 'false')
  return { status, headers, body: JSON.stringify({ error: errorOf(kind) }) }
}
