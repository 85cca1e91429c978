/** What every HTTP client and proxy takes in a header, and no longer than names of requests are. */
const HEADER_SAFE = /^[\x21-\x7e]{1,200}$/

/** The headers of an error response, names and values in turn. A request id that cannot stand in a header is left out. */
export function errorHeaders(idHeader: string, requestId: string): string[] {
  const headers = ['content-type', 'application/json']
  return HEADER_SAFE.test(requestId) ? [...headers, idHeader, requestId] : headers
}
