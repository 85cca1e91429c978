import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { plainErrorBody, type ProxyDialect } from './dialects.ts'

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'host',
  'te',
  'trailer',
  'upgrade',
  'content-encoding',
])

/** A failure before the head, in the client's dialect. */
export function sendError(
  response: ServerResponse,
  dialect: ProxyDialect | undefined,
  { status, message }: { readonly status: number; readonly message: string },
): void {
  const body = dialect?.errorBody(status, message) ?? plainErrorBody(message)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** The headers that are meant for the other end. */
export function endToEnd({ headers }: { readonly headers: IncomingHttpHeaders }): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)))
}
