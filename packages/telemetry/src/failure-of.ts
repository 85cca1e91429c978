import type { ExchangeRecord } from '@stopbit/exchange'

/**
 * Whether an exchange failed, and why, as one word to count by; `undefined` if it did not. The one definition of a failure, for
 * logs, metrics, spans, reports and pages. The first that applies:
 *
 * 1. the kind of its fault, `client-gone` among them;
 * 2. `misuse`: the application around the adapter is to blame;
 * 3. `upstream-error`: the API sent an error within its stream, whose type is the record's `upstreamError`;
 * 4. `status-429` and the like: an answer from 400 on, the API's own before ours;
 * 5. the ending, if that is neither `completed` nor `completed-sentinel`.
 *
 * There are few such words, whatever clients and APIs send: none of them has chosen one.
 */
export function failureOf(record: ExchangeRecord): string | undefined {
  const { fault, misuse, upstreamError, ending } = record
  if (fault !== undefined) return fault.kind
  if (misuse !== undefined) return 'misuse'
  if (upstreamError !== undefined) return 'upstream-error'
  const status = failedStatus(record)
  if (status !== undefined) return `status-${status}`
  return ending === 'completed' || ending === 'completed-sentinel' ? undefined : ending
}

/**
 * `error.type` of a record: a failure in the words of the semantic conventions, in which a status has no prefix, and an answer
 * below 500 is no error of a server's.
 */
export function errorType(record: ExchangeRecord): string | undefined {
  const failure = failureOf(record)
  const status = failedStatus(record)
  if (status === undefined || failure !== `status-${status}`) return failure
  return status >= 500 ? String(status) : undefined
}

function failedStatus({ upstreamStatus, status }: ExchangeRecord): number | undefined {
  return [upstreamStatus, status].find((each) => each !== undefined && each >= 400)
}
