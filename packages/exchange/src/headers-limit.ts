import { headerValue } from './headers.ts'
import type { ResolvedExchangeOptions } from './options.ts'
import type { HeaderList } from './sink.ts'

/** How much earlier than the client's own limit an error has to leave, so that the client hears it from us. */
const AHEAD_OF_CLIENT_MS = 5_000
/** What is left for the upstream in any case, also after a slow upload. */
export const MIN_HEADERS_MS = 1_000

/**
 * How long this request may wait for the upstream's head. The SDKs that say how long they wait themselves say it in
 * `x-stainless-timeout`, in seconds; a limit of ours beyond that would never be seen.
 */
export function headersLimitMs(
  headers: HeaderList,
  asksForStream: boolean,
  { headersTimeoutMs }: ResolvedExchangeOptions,
): number {
  const ours = asksForStream ? headersTimeoutMs.stream : headersTimeoutMs.other
  const clientS = Number(headerValue(headers, 'x-stainless-timeout'))
  if (!(clientS > 0)) return ours
  return Math.min(ours, Math.max(MIN_HEADERS_MS, clientS * 1_000 - AHEAD_OF_CLIENT_MS))
}
