import {
  Exchange,
  type ExchangeRecord,
  type LiveExchanges,
  type MemoryBudget,
  type Origin,
  type ResolvedExchangeOptions,
  type StallWarning,
} from '@stopbit/exchange'
import type { ClockWheel } from '@stopbit/exchange/drive'
import type { FetchCall, FetchTransport } from '@stopbit/upstream/fetch'
import { readRequestBody, type RequestBody } from './read-request-body.ts'
import { ResponseWriter } from './response-writer.ts'

/** What every request of one handler shares. */
export interface HandlerContext {
  readonly transport: FetchTransport
  readonly options: ResolvedExchangeOptions
  readonly credential: string | undefined
  readonly origin: Origin
  readonly memory: MemoryBudget
  /** Exchanges under way, so that a closing server can finish them. */
  readonly live: LiveExchanges
  readonly onStall: (warning: StallWarning) => void
  readonly onDefect: (defect: Error) => void
}

/** What comes of a request. Neither promise rejects. */
export interface HandledRequest {
  /** Resolves when the head is there; its body goes on. */
  readonly response: Promise<Response>
  /** Resolves when the client has its end and nothing is left open. */
  readonly record: Promise<ExchangeRecord>
}

/**
 * Relays one request, in the order of its way. Every decision is the exchange's: this function only carries bytes and
 * events between a `Request`, a `fetch`, a `Response` and it.
 */
export function handleRequest(context: HandlerContext, request: Request, clock: ClockWheel): HandledRequest {
  const { transport, options, credential, origin, memory, live, onStall, onDefect } = context
  const { promise: record, resolve: settle } = Promise.withResolvers<ExchangeRecord>()
  let body: RequestBody | undefined
  let call: FetchCall | undefined

  const exchange = new Exchange({
    request: { method: request.method, target: targetOf(request), headers: [...request.headers].flat() },
    options,
    clock,
    origin,
    memory,
    basePath: basePathOf(transport.url),
    credential,
    sink: {
      // Dispatch upstream
      sendAttempt: (_attempt, upstreamRequest) => {
        call = transport.dispatch({ ...upstreamRequest, body: body?.content }, exchange)
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
      end: () => {
        client.end()
        body?.discardRest()
      },
      leaveIncomplete: () => client.leaveIncomplete(),
      abortDownstream: () => client.abort(),

      // Settle
      wakeAt: (time) => sleeper.wakeAt(time),
      stalled: onStall,
      broken: onDefect,
      settled: (settled) => {
        live.delete(entry)
        settle(settled)
      },
    },
  })
  const sleeper = clock.createSleeper(() => exchange.wake())
  const client = new ResponseWriter(request, exchange)
  const entry = live.add(exchange)

  // Accept
  client.watch()
  readRequestBody(request, exchange, client.gone)
    .then((read) => {
      if (read === 'client-gone') return client.gone()
      if (typeof read === 'string') return exchange.misused(read)
      body = read
      exchange.start(read.facts, read.kind)
      if (client.hasEnded) read.discardRest() // it was answered while it was read
    })
    .catch(() => exchange.misused('body-unusable'))
  return { response: client.response, record }
}

/** Path and query, as they came. */
function targetOf({ url }: Request): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

function basePathOf({ pathname }: URL): string {
  return pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
}
