import type { ExchangeRecord } from '@stopbit/exchange'

/**
 * Why an exchange failed, as one word to count by: the kind of its fault; `upstream-error` if the API sent an error within its
 * stream; `status-529` if it answered with such a status; else the ending, if that is no good one. `undefined`: it did not fail.
 */
export function causeOf({ fault, upstreamError, upstreamStatus, ending }: ExchangeRecord): string | undefined {
  if (fault !== undefined) return fault.kind
  if (upstreamError !== undefined) return 'upstream-error'
  if (ending !== 'completed' && ending !== 'completed-sentinel') return ending
  return upstreamStatus !== undefined && upstreamStatus >= 400 ? `status-${upstreamStatus}` : undefined
}
