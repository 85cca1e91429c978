import { FAULTS, type FaultKind } from '@stopbit/faults'
import type { ErrorCause, ErrorResponse, Refusal, UpstreamError } from '../dialect.ts'
import { errorHeaders } from '../error-headers.ts'
import { isText } from '../json.ts'
import {
  type ErrorObject,
  readRequestId,
  readUpstreamError,
  toErrorStatus,
  UNEXPLAINED_SENTENCE,
  UNKNOWN_STATUS,
} from '../upstream-error.ts'

/**
 * The error types of the Messages API by HTTP status. Source: platform.claude.com/docs/en/api/errors. 408 and 421 are of
 * proxies, 502 and 503 of what stands before an API.
 */
const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  409: 'conflict_error',
  413: 'request_too_large',
  421: 'invalid_request_error',
  429: 'rate_limit_error',
  500: 'api_error',
  502: 'api_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** The statuses of the error types. Source: the same. */
const STATUS_BY_TYPE: ReadonlyMap<unknown, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
])

/** Seconds that a client should wait where there is no room. SDKs sleep on any value, so it stays small. */
const RETRY_AFTER_S = '2'

/** The error type and the sentence of a fault, for an error event and for an error response alike. */
export function errorOf(kind: FaultKind): { readonly type: string; readonly message: string } {
  const { status, sentence } = FAULTS[kind]
  return { type: TYPE_BY_STATUS[status] ?? 'api_error', message: sentence }
}

/** What the upstream said as an error of this API, and its status. */
export function answeredError({ status, data }: UpstreamError): {
  readonly status: number
  readonly error: ErrorObject
} {
  const said = readUpstreamError(data) ?? {}
  const byType = STATUS_BY_TYPE.get(said['type']) ?? toErrorStatus(said['code'])
  const known = toErrorStatus(status) ?? byType ?? UNKNOWN_STATUS
  // Decoders want both fields, as texts. Vendors that speak this dialect for others leave the type out.
  const type = isText(said['type']) ? said['type'] : typeOf(known)
  const message = isText(said['message']) ? said['message'] : UNEXPLAINED_SENTENCE
  return { status: known, error: { ...said, type, message } }
}

/** An error in its envelope, the same in an event and in a response, under the name that the upstream gave the request. */
export function envelopeOf(error: ErrorObject, { data }: UpstreamError, requestId?: string): object {
  return { type: 'error', error, request_id: readRequestId(data) ?? requestId }
}

/** The response for a failure before the head went out: status, headers and the API's error envelope. */
export function errorResponse(cause: ErrorCause, requestId: string): ErrorResponse {
  const headers = errorHeaders('request-id', requestId)
  if ('answer' in cause) {
    const { status, error } = answeredError(cause.answer)
    return { status, headers, body: JSON.stringify(envelopeOf(error, cause.answer, requestId)) }
  }
  const { status: plain, error } = 'refusal' in cause ? refused(cause.refusal) : failed(cause.fault.kind)
  const status = plain === 503 ? 529 : plain
  if (status === 529) headers.push('retry-after', RETRY_AFTER_S)
  // A certificate does not get better by asking again; everything else may.
  if ('fault' in cause && cause.fault.kind === 'tls-trust') headers.push('x-should-retry', 'false')
  return { status, headers, body: JSON.stringify({ type: 'error', error, request_id: requestId }) }
}

function refused({ status, sentence }: Refusal): { readonly status: number; readonly error: ErrorObject } {
  return { status, error: { type: typeOf(status), message: sentence } }
}

function failed(kind: FaultKind): { readonly status: number; readonly error: ErrorObject } {
  return { status: FAULTS[kind].status, error: { ...errorOf(kind) } }
}

function typeOf(status: number): string {
  return TYPE_BY_STATUS[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
}
