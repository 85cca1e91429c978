import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from '@stopbit/exchange'
import type { FinishArguments } from './live-responses.ts'
import { isBodyConsumed, readRequestBody, takeConsumedBody, type RequestBody } from './read-request-body.ts'
import type { ResponseWriter } from './response-writer.ts'

/** One request, as the application around the handler has left it. */
export interface HandledRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Path and query that are asked for upstream. */
  readonly target: string
  /** Gives the body, if it was read before. */
  readonly consumedBody: (request: IncomingMessage) => unknown
  /** The listener has asked for its end while it waited for its turn. */
  readonly finished: FinishArguments | undefined
}

/** Takes the request in, and watches its client from now on. `undefined`: there is nothing to send on, and that is told. */
export async function acceptRequest(
  { request, response, consumedBody }: HandledRequest,
  exchange: Exchange,
  client: ResponseWriter,
): Promise<RequestBody | undefined> {
  const isBegun = response.headersSent
  if (isBegun) exchange.misused('response-begun')
  client.watch()
  if (isBegun) return undefined
  const isConsumed = isBodyConsumed(request)
  const read = isConsumed
    ? takeConsumedBody(() => consumedBody(request), exchange)
    : await readRequestBody(request, response, exchange)
  if (typeof read === 'object') return read
  if (read === 'client-gone') exchange.downstreamGone()
  else exchange.misused(read)
  return undefined
}

/** What was parsed was decoded too: its length and coding on the wire are no more those of what is handed on. */
export function headersOf(request: IncomingMessage): readonly string[] {
  const { rawHeaders } = request
  if (!isBodyConsumed(request)) return rawHeaders
  return rawHeaders.filter((_, i) => !/^content-(?:length|encoding)$/i.test(rawHeaders[i - (i % 2)] ?? ''))
}
