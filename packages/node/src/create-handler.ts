import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  checkCredential,
  guardCallback,
  Origin,
  PROCESS_MEMORY,
  resolveExchangeOptions,
  type ExchangeOptions,
  type ExchangeRecord,
  type Finishable,
  type MemoryBudget,
  type StallWarning,
} from '@stopbit/exchange'
import { createClockWheel } from '@stopbit/exchange/drive'
import { createUpstreamPool, type PoolCounters, type UpstreamPoolOptions } from '@stopbit/upstream'
import { hasClientLeft } from './client-connection.ts'
import { handleRequest, type HandlerContext } from './handle-request.ts'
import { LiveResponses, type FinishArguments } from './live-responses.ts'
import { responseOn } from './refuse-tunnel.ts'

/** A request's body as it came over the wire; `undefined` if there is none to hand on. */
export type ConsumedBody = Uint8Array | string | undefined

/** The options of `createHandler`. */
export interface HandlerOptions {
  /** Where requests go, and how connections to it are made. */
  readonly upstream: UpstreamPoolOptions
  /** Limits and policies of each exchange. */
  readonly exchange?: ExchangeOptions | undefined
  /** An API key of the proxy's own, sent upstream in place of the client's. */
  readonly credential?: string | undefined
  /** What all exchanges may hold together. Default: one budget of 256 MiB for the whole process. */
  readonly memory?: MemoryBudget | undefined
  /**
   * Gives the body of a request that was read before it came here, by a body parser: the bytes as they came, not what was
   * parsed of them. Called for such requests only. Without it they get a 500, and their record says why.
   */
  readonly body?: ((request: IncomingMessage) => ConsumedBody) | undefined
  /**
   * Called once for every exchange, when it is over. What it throws, or what a promise that it returns rejects with, is a
   * warning of the process, and the handler's promise rejects with it. Nobody has to catch that: it does not end the process.
   */
  readonly onRecord?: ((record: ExchangeRecord) => unknown) | undefined
  /**
   * Called when an upstream has sent nothing for `stallWarnMs`, long before anything is cut. What it throws is a warning of the
   * process, and touches no exchange.
   */
  readonly onStall?: ((warning: StallWarning) => void) | undefined
  /**
   * Called when Stopbit itself has failed within an exchange, with what was thrown and where, but without its message. The
   * exchange ends with the fault `internal`. What it throws is a warning of the process, as is a defect without it.
   */
  readonly onDefect?: ((defect: Error) => void) | undefined
}

/** How one request is to be relayed, where that is not what it says itself. */
export interface RelayOverrides {
  /** Path and query that are asked for upstream. Default: `request.url`, from which frameworks take their mount points. */
  readonly target?: string | undefined
  /** In place of the handler's `body`. */
  readonly body?: (() => ConsumedBody) | undefined
}

/**
 * A `node:http` request handler. Registered with `createDrain` of `@stopbit/server-presets`, it is drained together with the
 * server's connections, which it knows nothing of.
 */
export interface Handler extends Finishable {
  /** Relays a request; resolves with its record when it is over. Rejects only with what `onRecord` throws. */
  (request: IncomingMessage, response: ServerResponse): Promise<ExchangeRecord>
  /** The same, for frameworks that know better what was asked for. */
  relay(request: IncomingMessage, response: ServerResponse, overrides?: RelayOverrides): Promise<ExchangeRecord>
  /**
   * A listener for a server's `connect` event, and for `upgrade`, to refuse what is no HTTP exchange: in words, where Node
   * would close the connection without any. Without a listener for `upgrade` such requests come to the handler as any other.
   */
  refuseTunnel(request: IncomingMessage, socket: Duplex): Promise<ExchangeRecord>
  /** What the connections upstream have been through. */
  readonly upstream: PoolCounters
  /** Requests that were sent again, by the reason, and those that the budget did not allow. */
  readonly retries: Pick<Origin, 'retryCounts' | 'refusedRetries'>
  /** Closes the upstream connections. Call it when the last exchange is over. */
  close(): Promise<void>
}

/**
 * Makes a handler for `http.createServer(handler)`, for https servers, and for Connect-style middleware.
 *
 * Throws an `OptionError` or a `TypeError` for a wrong option, which names the option, the rule and the value.
 */
export function createHandler(options: HandlerOptions): Handler {
  const live = new LiveResponses()
  const clock = createClockWheel()
  const context: HandlerContext = {
    pool: createUpstreamPool(options.upstream),
    options: resolveExchangeOptions(options.exchange),
    clock,
    credential: checkCredential(options.credential),
    origin: new Origin(clock),
    memory: options.memory ?? PROCESS_MEMORY,
    live,
    onStall: guardCallback(options.onStall, warn),
    onDefect: guardCallback(options.onDefect ?? warn, warn),
  }

  const givenBody = (request: IncomingMessage): ConsumedBody => options.body?.(request)

  function relay(
    request: IncomingMessage,
    response: ServerResponse,
    { target = request.url ?? '/', body }: RelayOverrides = {},
  ): Promise<ExchangeRecord> {
    const begin = (finished?: FinishArguments): Promise<ExchangeRecord> =>
      handleRequest(context, { request, response, target, consumedBody: body ?? givenBody, finished })
    const isBehind = response.socket === null && !response.writableEnded && !hasClientLeft(request.socket)
    const ended = isBehind ? live.atItsTurn(request.socket, response, begin) : begin()
    const record = ended.then(tell)
    record.catch(warn)
    return record
  }
  async function tell(record: ExchangeRecord): Promise<ExchangeRecord> {
    await options.onRecord?.(record)
    return record
  }
  const handler = (request: IncomingMessage, response: ServerResponse): Promise<ExchangeRecord> =>
    relay(request, response)
  return Object.defineProperties(handler as Handler, {
    liveCount: { get: () => live.liveCount },
    relay: { value: relay },
    refuseTunnel: { value: (request: IncomingMessage, socket: Duplex) => relay(request, responseOn(request, socket)) },
    upstream: { value: context.pool.counters },
    retries: { value: context.origin },
    idle: { value: () => live.idle() },
    finish: { value: live.finish.bind(live) },
    close: { value: () => context.pool.destroy() },
  })
}

function warn(thrown: unknown): void {
  process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
}
