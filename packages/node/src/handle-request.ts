import type { IncomingMessage, ServerResponse } from 'node:http'
import { Exchange, type ExchangeRecord, type ResolvedExchangeOptions } from '@stopbit/exchange'
import type { ClockWheel } from '@stopbit/exchange/drive'
import type { UpstreamCall, UpstreamPool } from '@stopbit/upstream'
import { readRequestBody, type RequestBody } from './read-request-body.ts'
import { ResponseWriter } from './response-writer.ts'

/** What every request of one handler shares. */
export interface HandlerContext {
  readonly pool: UpstreamPool
  readonly options: ResolvedExchangeOptions
  readonly clock: ClockWheel
  readonly maxReplayBytes: number
  readonly credential: string | undefined
  /** Exchanges under way, so that a closing listener can finish them. */
  readonly live: Set<Exchange>
}

/**
 * Relays one request, in the order of its way. Every decision is the exchange's: this function only carries bytes and
 * events between two sockets and it.
 *
 * @returns the exchange's record, once the client has its end and nothing is left open. Never rejects.
 */
export function handleRequest(
  context: HandlerContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<ExchangeRecord> {
  const { pool, options, clock, credential, live } = context

  return new Promise((settle) => {
    let body: RequestBody | undefined
    let call: UpstreamCall | undefined

    const exchange = new Exchange({
      request: { method: request.method ?? 'GET', target: request.url ?? '/', headers: request.rawHeaders },
      options,
      clock,
      basePath: basePathOf(pool.url),
      credential,
      sink: {
        // Dispatch upstream
        sendAttempt: (_attempt, upstreamRequest) => {
          call = pool.dispatch({ ...upstreamRequest, body: body?.content }, exchange)
        },
        abortUpstream: () => call?.abort(),
        pauseUpstream: () => call?.pause(),
        resumeUpstream: () => call?.resume(),

        // Commit headers
        writeHead: (status, headers) => client.writeHead(status, headers),

        // Relay
        write: (bytes) => client.write(bytes),

        // Finalize
        end: () => {
          client.end()
          if (!request.complete) void body?.discardRest()
        },
        leaveIncomplete: () => client.leaveIncomplete(),
        abortDownstream: () => client.abort(),

        // Settle
        wakeAt: (time) => clock.wakeAt(wake, time),
        settled: (record) => {
          live.delete(exchange)
          settle(record)
        },
      },
    })
    const wake = (): void => exchange.wake()
    live.add(exchange)

    // Accept
    const client = new ResponseWriter(request, response, exchange)
    void readRequestBody(request, context.maxReplayBytes).then((read) => {
      if (read === 'client-gone') return exchange.downstreamGone()
      body = read
      exchange.start(read.facts)
    })
  })
}

function basePathOf({ pathname }: URL): string {
  return pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
}
