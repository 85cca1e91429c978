import {
  Exchange,
  type ExchangeRecord,
  type MemoryBudget,
  type Origin,
  type ResolvedExchangeOptions,
  type StallWarning,
} from '@stopbit/exchange'
import type { ClockWheel } from '@stopbit/exchange/drive'
import type { UpstreamCall, UpstreamPool } from '@stopbit/upstream'
import { acceptRequest, headersOf, type HandledRequest } from './accept-request.ts'
import type { LiveResponses } from './live-responses.ts'
import type { RequestBody } from './read-request-body.ts'
import { ResponseWriter } from './response-writer.ts'

/** What every request of one handler shares. */
export interface HandlerContext {
  readonly pool: UpstreamPool
  readonly options: ResolvedExchangeOptions
  readonly clock: ClockWheel
  readonly credential: string | undefined
  readonly origin: Origin
  readonly memory: MemoryBudget
  /** Exchanges under way, so that a closing listener can finish them. */
  readonly live: LiveResponses
  readonly onStall: (warning: StallWarning) => void
  readonly onDefect: (defect: Error) => void
}

/**
 * Relays one request, in the order of its way. Every decision is the exchange's: this function only carries bytes and
 * events between two sockets and it.
 *
 * @returns the exchange's record, once the client has its end and nothing is left open. Never rejects.
 */
export function handleRequest(context: HandlerContext, handled: HandledRequest): Promise<ExchangeRecord> {
  const { pool, options, clock, credential, origin, memory, live, onStall, onDefect } = context
  const { request, response, target, finished } = handled

  return new Promise((settle) => {
    let body: RequestBody | undefined
    let call: UpstreamCall | undefined

    const exchange = new Exchange({
      request: { method: request.method ?? 'GET', target, headers: headersOf(request) },
      options,
      clock,
      origin,
      memory,
      basePath: basePathOf(pool.url),
      credential,
      sink: {
        // Dispatch upstream
        sendAttempt: (_attempt, upstreamRequest) => {
          call = pool.dispatch({ ...upstreamRequest, body: body?.content }, exchange)
        },
        releaseRequest: () => (body = body && { ...body, content: undefined }),
        abortUpstream: () => call?.abort(),
        pauseUpstream: () => call?.pause(),
        resumeUpstream: () => call?.resume(),
        decodeUpstream: (coding) => call?.decode(coding) ?? false,

        // Commit headers
        writeHead: (status, headers) => client.writeHead(status, headers),

        // Relay
        write: (bytes) => client.write(bytes),

        // Finalize
        end: () => client.end(),
        leaveIncomplete: () => client.leaveIncomplete(),
        abortDownstream: () => client.abort(),

        // Settle
        wakeAt: (time) => clock.wakeAt(wake, time),
        stalled: onStall,
        broken: onDefect,
        settled: (record) => {
          live.delete(exchange)
          settle(record)
        },
      },
    })
    const wake = (): void => exchange.wake()
    const client = new ResponseWriter(request, response, exchange)
    live.add(exchange)

    // Accept
    acceptRequest(handled, exchange, client)
      .then((read) => {
        if (read === undefined) return
        body = read
        exchange.start(read.facts, read.kind)
      })
      .catch(() => exchange.misused('body-unusable'))
    if (finished !== undefined) exchange.finish(...finished)
  })
}

function basePathOf({ pathname }: URL): string {
  return pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
}
