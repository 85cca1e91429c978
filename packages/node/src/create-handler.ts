import type { IncomingMessage, ServerResponse } from 'node:http'
import { resolveExchangeOptions, type Exchange, type ExchangeOptions, type ExchangeRecord } from '@stopbit/exchange'
import { createClockWheel } from '@stopbit/exchange/drive'
import { createUpstreamPool, type UpstreamPoolOptions } from '@stopbit/upstream'
import { handleRequest, type HandlerContext } from './handle-request.ts'

/** The options of `createHandler`. */
export interface HandlerOptions {
  /** Where requests go, and how connections to it are made. */
  readonly upstream: UpstreamPoolOptions
  /** Limits of each exchange. */
  readonly exchange?: ExchangeOptions | undefined
  /** Largest request body that is kept until it is whole. A larger one is streamed. Default 32 MiB. */
  readonly maxReplayBytes?: number | undefined
  /** An API key of the proxy's own, sent upstream in place of the client's. */
  readonly credential?: string | undefined
  /** Called once for every exchange, when it is over. What it throws is not caught. */
  readonly onRecord?: ((record: ExchangeRecord) => void) | undefined
}

/** A `node:http` request handler. */
export interface Handler {
  /** Relays a request; resolves with its record when it is over. Never rejects. */
  (request: IncomingMessage, response: ServerResponse): Promise<ExchangeRecord>
  /** How many exchanges are under way. */
  readonly liveCount: number
  /** Ends all exchanges that are under way: truthfully, at once, and in their own dialect. */
  finish(): void
  /** Closes the upstream connections. Call it when the last exchange is over. */
  close(): Promise<void>
}

/** 32 MiB: above the request size limits of the common APIs. */
const DEFAULT_MAX_REPLAY_BYTES = 32 * 1024 * 1024

/**
 * Makes a handler for `http.createServer(handler)`, for https servers, and for Connect-style middleware.
 *
 * Throws an `OptionError` or a `TypeError` for a wrong option, which names the option, the rule and the value.
 */
export function createHandler(options: HandlerOptions): Handler {
  const live = new Set<Exchange>()
  const context: HandlerContext = {
    pool: createUpstreamPool(options.upstream),
    options: resolveExchangeOptions(options.exchange),
    clock: createClockWheel(),
    maxReplayBytes: options.maxReplayBytes ?? DEFAULT_MAX_REPLAY_BYTES,
    credential: options.credential,
    live,
  }
  async function handler(request: IncomingMessage, response: ServerResponse): Promise<ExchangeRecord> {
    const record = await handleRequest(context, request, response)
    options.onRecord?.(record)
    return record
  }
  return Object.defineProperties(handler as Handler, {
    liveCount: { get: () => live.size },
    finish: {
      value: () => {
        for (const exchange of live) exchange.finish()
      },
    },
    close: { value: () => context.pool.destroy() },
  })
}
