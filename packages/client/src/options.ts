import {
  OptionError,
  resolveExchangeOptions,
  type ExchangeOptions,
  type ExchangeRecord,
  type ResolvedExchangeOptions,
  type RetryNotice,
  type StallWarning,
} from '@stopbit/exchange'

/** What only makes sense with a client behind a connection, or with a pool. */
type OfConnections = 'poolWaitMs' | 'earlyCommitMs' | 'heartbeatMs' | 'downstreamStallMs' | 'onClientGone' | 'ending'

const OF_CONNECTIONS: Readonly<Record<OfConnections, true>> = {
  poolWaitMs: true,
  earlyCommitMs: true,
  heartbeatMs: true,
  downstreamStallMs: true,
  onClientGone: true,
  ending: true,
}

/** The options that are functions of the caller's. */
type Callbacks = Pick<ResilientFetchOptions, 'fetch' | 'onStall' | 'onResume' | 'onRetry' | 'onRecord'>

/**
 * The options of `createResilientFetch`. The limits are those of `@stopbit/exchange`, with its defaults, which are below what
 * SDKs and Node's `fetch` allow themselves. What is `thrown` here would be an error response or an error event there.
 *
 * One default is another: `retry` is `replayable`. A stateless inference call is sent again, after 1 to 2 s, if its connection
 * was lost or its API answered 502, 503, 504 or 529 before any model data; what certainly never left is sent up to three
 * times. Nothing is sent again after a timeout of ours, for an unknown error, or if the SDK says that this is a retry of its own.
 */
export interface ResilientFetchOptions extends Omit<ExchangeOptions, OfConnections> {
  /** What carries the requests. Default: the runtime's `fetch`, looked up with each request. */
  readonly fetch?: typeof fetch | undefined
  /**
   * An answer has begun and has been silent for `stallWarnMs` (default 15,000): for a line in the UI. `cutInMs` says when the
   * clocks will end it. Callbacks are called in a microtask; what one throws goes to
   * `console.error` and touches no call.
   */
  readonly onStall?: ((warning: StallWarning) => void) | undefined
  /** Bytes have come again after `onStall`. */
  readonly onResume?: (() => void) | undefined
  /** The request is about to be sent again; the caller does not notice anything else of it. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined
  /** Called once for each request, when it is over: what became of it. */
  readonly onRecord?: ((record: ExchangeRecord) => void) | undefined
}

/** `ResilientFetchOptions`, checked. */
export interface ResolvedOptions {
  readonly exchange: ResolvedExchangeOptions
  readonly callbacks: Callbacks
}

/** Throws an `OptionError` that names the option, the rule and, where there is one, the value. */
export function resolveOptions(options: ResilientFetchOptions): ResolvedOptions {
  const { fetch: send, onStall, onResume, onRetry, onRecord, ...limits } = options
  const callbacks = { fetch: send, onStall, onResume, onRetry, onRecord }
  for (const [name, value] of Object.entries(callbacks)) {
    if (value !== undefined && typeof value !== 'function') throw new OptionError(name, 'must be a function', value)
  }
  const unfit = Object.keys(limits).find((name) => name in OF_CONNECTIONS)
  if (unfit !== undefined) throw new OptionError(unfit, 'there is no such option')
  const exchange = resolveExchangeOptions({ ...limits, retry: limits.retry ?? 'replayable', heartbeatMs: 'off' })
  // A caller may read as slowly as it likes: the connection that it holds is its own.
  return { exchange: { ...exchange, downstreamStallMs: Infinity }, callbacks }
}
