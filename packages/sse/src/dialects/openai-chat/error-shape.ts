import { FAULTS, type FaultKind } from '@stopbit/faults'
import type { ErrorCause, ErrorResponse, Refusal, UpstreamError } from '../dialect.ts'
import { errorHeaders } from '../error-headers.ts'
import {
  type ErrorObject,
  readUpstreamError,
  toErrorStatus,
  UNEXPLAINED_SENTENCE,
  UNKNOWN_STATUS,
} from '../upstream-error.ts'

/** Codes by the HTTP status of a fault. `ai` reads "timeout" and "overload" out of them. Source: read in `@ai-sdk/openai` 3.0.141. */
const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  429: 'rate_limit_exceeded',
  503: 'upstream_overloaded',
  504: 'upstream_timeout',
}

/** Types of errors that nobody explained, by HTTP status. Source: developers.openai.com error codes. */
const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

/**
 * The statuses of the words in an error's code and type, as they come from OpenAI and from the vendors that speak its
 * dialects; the first match counts. Source: developers.openai.com error codes, and what `@ai-sdk/openai` 3.0.141 reads.
 */
const STATUS_BY_WORD: readonly (readonly [words: RegExp, status: number])[] = [
  [/insufficient_?quota|credit_balance|rate_?limit|slow_?down|too_?many/i, 429],
  [/api_key|authentication|unauthorized/i, 401],
  [/permission|forbidden|unsupported_country/i, 403],
  [/not_?found/i, 404],
  [/too_large/i, 413],
  [/overload|unavailable/i, 503],
  [/time_?d?_?out/i, 504],
  [/invalid|bad_?request|context_length/i, 400],
  [/server_?error|internal/i, 500],
]

/** Faults that are not the upstream's. */
const OURS: ReadonlySet<FaultKind> = new Set(['internal', 'aborted-by-us'])

/** Seconds that a client should wait where there is no room. SDKs sleep on any value, so it stays small. */
const RETRY_AFTER_S = '2'

/** What a fault is to the client. Its type is one that SDKs and agents retry; its code tells faults apart. */
export function errorOf(kind: FaultKind): ErrorObject & { readonly message: string } {
  const { sentence, status } = FAULTS[kind]
  const code = OURS.has(kind) ? 'gateway_error' : (CODE_BY_STATUS[status] ?? 'upstream_connection_error')
  return { message: sentence, type: 'server_error', param: null, code }
}

/** The error object of what the upstream said, kept as it is, and its status. */
export function answeredError({ status, data }: UpstreamError): {
  readonly status: number
  readonly error: ErrorObject
} {
  const said = readUpstreamError(data)
  if (said !== undefined) {
    const byWord = toErrorStatus(said['code']) ?? statusOfWord(said['code']) ?? statusOfWord(said['type'])
    const error = { ...said, message: said['message'] ?? UNEXPLAINED_SENTENCE }
    return { status: toErrorStatus(status) ?? byWord ?? UNKNOWN_STATUS, error }
  }
  const known = toErrorStatus(status) ?? UNKNOWN_STATUS
  const type = TYPE_BY_STATUS[known] ?? (known < 500 ? 'invalid_request_error' : 'server_error')
  const error = { message: UNEXPLAINED_SENTENCE, type, param: null, code: CODE_BY_STATUS[known] ?? 'upstream_error' }
  return { status: known, error }
}

/** The response for a failure before the head went out: status, headers and the API's error envelope. */
export function errorResponse(cause: ErrorCause, requestId: string): ErrorResponse {
  const headers = errorHeaders('x-request-id', requestId)
  if ('answer' in cause) {
    const { status, error } = answeredError(cause.answer)
    return { status, headers, body: JSON.stringify({ error }) }
  }
  const { status, error } =
    'refusal' in cause
      ? { status: cause.refusal.status, error: refused(cause.refusal) }
      : { status: FAULTS[cause.fault.kind].status, error: errorOf(cause.fault.kind) }
  if (status === 503) headers.push('retry-after', RETRY_AFTER_S)
  // A certificate does not get better by asking again; everything else may.
  if ('fault' in cause && cause.fault.kind === 'tls-trust') headers.push('x-should-retry', 'false')
  return { status, headers, body: JSON.stringify({ error }) }
}

function refused({ status, sentence }: Refusal): ErrorObject {
  switch (status) {
    case 408:
      return { message: sentence, type: 'invalid_request_error', param: null, code: 'request_timeout' }
    case 503:
      return { message: sentence, type: 'server_error', param: null, code: 'gateway_overloaded' }
    default:
      return { message: sentence, type: 'invalid_request_error', param: null, code: 'request_refused' }
  }
}

function statusOfWord(word: unknown): number | undefined {
  if (typeof word !== 'string') return undefined
  return STATUS_BY_WORD.find(([words]) => words.test(word))?.[1]
}
