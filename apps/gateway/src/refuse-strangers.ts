import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Refusal } from '@stopbit/server-presets'
import { detectDialect } from '@stopbit/sse'

/** What the operator learns of a request that was refused before it became an exchange: nothing that the client has written. */
export interface RefusedRequest {
  readonly status: number
  /** `token`, `origin` or `host` for what the guard refuses; for what is no HTTP, or comes too slowly, the code of Node's error. */
  readonly reason: string
}

const REASONS: Readonly<Record<Refusal['status'], string>> = { 401: 'token', 403: 'origin', 421: 'host' }

/** Answers a request that the guard does not let in, in the form of the API that it asks for. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): RefusedRequest {
  const dialect = detectDialect(request.method ?? 'GET', request.url ?? '/')
  const { status, headers, body } = dialect.errorResponse({ refusal }, `req_stopbit_${crypto.randomUUID()}`)
  response.shouldKeepAlive = false
  response.writeHead(status, [...headers, 'content-length', String(Buffer.byteLength(body))])
  response.end(body)
  return { status, reason: REASONS[refusal.status] }
}
