import {
  checkCredential,
  guardCallback,
  LiveExchanges,
  MemoryBudget,
  Origin,
  resolveExchangeOptions,
  type ExchangeOptions,
  type ExchangeRecord,
  type Finishable,
  type ResolvedExchangeOptions,
  type StallWarning,
} from '@stopbit/exchange'
import { createClockWheel } from '@stopbit/exchange/drive'
import { createFetchTransport, type FetchTransportOptions } from '@stopbit/upstream/fetch'
import { handleRequest, type HandlerContext } from './handle-request.ts'
import { readPlatform, sharesTimers } from './platform.ts'

/** The options of `createFetchHandler`. */
export interface FetchHandlerOptions {
  /** Where requests go, and with which `fetch`. */
  readonly upstream: FetchTransportOptions
  /**
   * Limits and policies of each exchange. What may be held is less here than elsewhere, since an edge has little memory:
   * `maxReplayBytes`, `maxEventBytes` and `maxJsonBytes` are 2 MiB by default.
   */
  readonly exchange?: ExchangeOptions | undefined
  /** An API key of the proxy's own, sent upstream in place of the client's. */
  readonly credential?: string | undefined
  /** What all exchanges may hold together. Default: one budget of 24 MiB for all handlers of this module. */
  readonly memory?: MemoryBudget | undefined
  /**
   * Called once for every exchange, when it is over, which is after its response. Where the platform has `waitUntil`, it is
   * kept alive until then, and for as long as a promise that this returns. What it throws or rejects with goes to `console.error`.
   */
  readonly onRecord?: ((record: ExchangeRecord) => unknown) | undefined
  /** Called when an upstream has sent nothing for `stallWarnMs`, long before anything is cut. What it throws: as above. */
  readonly onStall?: ((warning: StallWarning) => void) | undefined
  /**
   * Called when Stopbit itself has failed within an exchange, with what was thrown and where, but without its message. The
   * exchange ends with the fault `internal`. What it throws: as above. Default: `console.error`.
   */
  readonly onDefect?: ((defect: Error) => void) | undefined
}

/** A handler on web standards: what Workers, Deno.serve, Bun.serve and route handlers take. */
export interface FetchHandler extends Finishable {
  /**
   * Relays a request; resolves with the response when its head is there. Never rejects.
   *
   * @param platform what the platform hands its handlers beside the request. Whatever of it has `waitUntil` (Workers, Vercel,
   * Netlify) is told how long the exchange runs; Bun's server is told not to cut it for being silent, which our clocks bound.
   */
  (request: Request, ...platform: readonly unknown[]): Promise<Response>
  /** Requests that were sent again, by the reason, and those that the budget did not allow. */
  readonly retries: Pick<Origin, 'retryCounts' | 'refusedRetries'>
}

const MIB = 1024 * 1024
const EDGE_MEMORY = new MemoryBudget(24 * MIB)

/**
 * Makes a handler `(request) => Promise<Response>`.
 *
 * In workerd, timers and streams belong to the request that made them: there, and wherever that is not known, each exchange has
 * a clock wheel of its own, and in workerd `finish()` cannot reach the exchanges of other requests. A Worker is told of a client that leaves before its answer only with
 * the compatibility flag `enable_request_signal`.
 *
 * Throws an `OptionError` or a `TypeError` for a wrong option, which names the option, the rule and the value.
 */
export function createFetchHandler(options: FetchHandlerOptions): FetchHandler {
  const live = new LiveExchanges()
  const wheel = createClockWheel()
  const context: HandlerContext = {
    transport: createFetchTransport(options.upstream),
    options: resolveEdgeOptions(options.exchange),
    credential: checkCredential(options.credential),
    origin: new Origin(wheel),
    memory: options.memory ?? EDGE_MEMORY,
    live,
    onStall: guardCallback(options.onStall, complain),
    onDefect: guardCallback(options.onDefect ?? complain, complain),
  }
  const handler = (request: Request, ...platform: readonly unknown[]): Promise<Response> => {
    const around = readPlatform(platform)
    around.liftIdleLimit(request)
    const clock = sharesTimers() ? wheel : createClockWheel()
    const { response, record } = handleRequest(context, request, clock)
    around.waitUntil(record.then((settled) => options.onRecord?.(settled)).catch(complain))
    return response
  }
  return Object.defineProperties(handler as FetchHandler, {
    liveCount: { get: () => live.liveCount },
    retries: { value: context.origin },
    idle: { value: () => live.idle() },
    finish: { value: live.finish.bind(live) },
  })
}

function resolveEdgeOptions(options: ExchangeOptions = {}): ResolvedExchangeOptions {
  const { maxReplayBytes = 2 * MIB, maxEventBytes = 2 * MIB, maxJsonBytes = 2 * MIB } = options
  return resolveExchangeOptions({ ...options, maxReplayBytes, maxEventBytes, maxJsonBytes })
}

/** To the one log that every platform has. */
function complain(thrown: unknown): void {
  // oxlint-disable-next-line no-console -- there is no other place to say it
  console.error(thrown)
}
