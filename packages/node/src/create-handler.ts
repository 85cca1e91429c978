import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  OptionError,
  resolveExchangeOptions,
  type Exchange,
  type ExchangeOptions,
  type ExchangeRecord,
} from '@stopbit/exchange'
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
  /** Called once for every exchange, when it is over. The handler's promise rejects with what it throws. */
  readonly onRecord?: ((record: ExchangeRecord) => void) | undefined
}

/** A `node:http` request handler. */
export interface Handler {
  /** Relays a request; resolves with its record when it is over. Rejects only with what `onRecord` throws. */
  (request: IncomingMessage, response: ServerResponse): Promise<ExchangeRecord>
  /** How many exchanges are under way. */
  readonly liveCount: number
  /** Resolves when no exchange is under way: at once, or with the end of the last one. */
  idle(): Promise<void>
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
  const waiting: (() => void)[] = []
  const context: HandlerContext = {
    pool: createUpstreamPool(options.upstream),
    options: resolveExchangeOptions(options.exchange),
    clock: createClockWheel(),
    maxReplayBytes: checkSize(options.maxReplayBytes ?? DEFAULT_MAX_REPLAY_BYTES),
    credential: checkCredential(options.credential),
    live,
  }
  async function handler(request: IncomingMessage, response: ServerResponse): Promise<ExchangeRecord> {
    const record = await handleRequest(context, request, response)
    if (live.size === 0) for (const resolve of waiting.splice(0)) resolve()
    options.onRecord?.(record)
    return record
  }
  return Object.defineProperties(handler as Handler, {
    liveCount: { get: () => live.size },
    idle: {
      value: () => new Promise<void>((resolve) => (live.size === 0 ? resolve() : waiting.push(resolve))),
    },
    finish: {
      value: () => {
        for (const exchange of live) exchange.finish()
      },
    },
    close: { value: () => context.pool.destroy() },
  })
}

function checkSize(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new OptionError('maxReplayBytes', 'must be a whole number of bytes', value)
}

function checkCredential(value: string | undefined): string | undefined {
  if (value === undefined || /^[\x21-\x7e]+$/.test(value)) return value
  throw new OptionError('credential', 'must be printable characters without spaces') // without repeating it
}
