import type { ExchangeRecord } from '@stopbit/exchange'
import type { ConsumedBody, Handler, HandlerOptions } from '@stopbit/node'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** What every request of one registration shares. */
export interface RelayContext {
  readonly handler: Handler
  /** Of the scope that the routes are in; no part of what is asked for upstream. */
  readonly prefix: string
  /** Gives the body, if a parser of the application has read it. */
  readonly body: ((request: FastifyRequest) => ConsumedBody) | undefined
  readonly onRecord: HandlerOptions['onRecord']
}

/** Relays one request, behind all hooks that come before its handler. */
export async function handleRequest(
  { handler, prefix, body, onRecord }: RelayContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  // Take over the response, with what hooks have set on it
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  reply.hijack()

  // Relay
  const target = withoutPrefix(request.raw.url ?? '/', prefix)
  const record = await handler.relay(request.raw, reply.raw, { target, body: () => body?.(request) })

  // Settle. The log has the record whatever the application makes of it.
  log(request, record)
  await onRecord?.(record)
}

/** A route that is not under its prefix as it stands, for it has parameters or another case, is asked for whole. */
function withoutPrefix(url: string, prefix: string): string {
  if (!url.startsWith(prefix)) return url
  const rest = url.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

function log(request: FastifyRequest, record: ExchangeRecord): void {
  const isFine = record.fault === undefined && record.upstreamError === undefined
  request.log[isFine ? 'info' : 'warn']({ exchange: record }, 'exchange')
}
