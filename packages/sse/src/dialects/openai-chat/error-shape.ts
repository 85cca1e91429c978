import { FAULTS, type FaultKind } from '@stopbit/faults'
import type { ErrorCause, ErrorResponse } from '../dialect.ts'

/** The error object of the API, in an event and in a response alike. */
interface ErrorObject {
  readonly message: string
  readonly type: string
  readonly param: null
  readonly code: string
}

/** Codes by the HTTP status of a fault. `ai` reads "timeout" and "overload" out of them. Source: wire protocols §10. */
const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  503: 'upstream_overloaded',
  504: 'upstream_timeout',
}

/** Faults that are not the upstream's. */
const OURS: ReadonlySet<FaultKind> = new Set(['internal', 'aborted-by-us'])

/** Seconds that a client should wait where there is no room. SDKs sleep on any value, so it stays small. */
const RETRY_AFTER_S = '2'

/** What a fault is to the client. Its type is one that SDKs and agents retry; its code tells faults apart. */
export function errorOf(kind: FaultKind): ErrorObject {
  const { sentence, status } = FAULTS[kind]
  return {
    message: sentence,
    type: 'server_error',
    param: null,
    code: OURS.has(kind) ? 'gateway_error' : (CODE_BY_STATUS[status] ?? 'upstream_connection_error'),
  }
}

/** The response for a failure before the head went out: status, headers and the API's error envelope. */
export function errorResponse(cause: ErrorCause, requestId: string): ErrorResponse {
  const headers = ['content-type', 'application/json', 'x-request-id', requestId]
  if ('refusal' in cause) {
    const { status, sentence } = cause.refusal
    const error = { message: sentence, type: 'invalid_request_error', param: null, code: 'request_refused' }
    return { status, headers, body: envelope(error) }
  }
  const { kind } = cause.fault
  const { status } = FAULTS[kind]
  if (status === 503) headers.push('retry-after', RETRY_AFTER_S)
  // A certificate does not get better by asking again; everything else may.
  if (kind === 'tls-trust') headers.push('x-should-retry', 'false')
  return { status, headers, body: envelope(errorOf(kind)) }
}

function envelope(error: ErrorObject): string {
  return JSON.stringify({ error })
}
