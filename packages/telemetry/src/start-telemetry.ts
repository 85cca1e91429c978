import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  context,
  metrics,
  ROOT_CONTEXT,
  trace,
  type Context,
  type MeterProvider,
  type TracerProvider,
} from '@opentelemetry/api'
import type { ExchangeRecord, ExchangeStart } from '@stopbit/exchange'
import { createMetrics } from './record-metrics.ts'
import { recordSpans } from './record-spans.ts'

/** The options of `startTelemetry`. */
export interface TelemetryOptions {
  /** Host name of the API, for `server.address`; without it spans and metrics have none. Never a port, an IP or a path. */
  readonly serverAddress?: string | undefined
  /** How clients reach the listener, for `url.scheme`. Default `http`. */
  readonly listenerScheme?: 'http' | 'https' | undefined
  /** Default: those that the SDK of the process has registered. Without an SDK, nothing is made. */
  readonly tracerProvider?: TracerProvider | undefined
  readonly meterProvider?: MeterProvider | undefined
}

const NAME = '@stopbit/telemetry'

/**
 * Makes OpenTelemetry spans and metrics of every exchange in this process, whichever adapter carries it. They are made when an
 * exchange is over, out of its record, and so hold no prompt, no completion, no key and no query. Nothing that fails in here
 * reaches an exchange: it becomes a warning of the process.
 *
 * Throws nothing. Start it once, after the SDK.
 *
 * @returns how to stop it. Exchanges under way then leave no span.
 */
export function startTelemetry(options: TelemetryOptions = {}): () => void {
  const {
    serverAddress,
    listenerScheme = 'http',
    tracerProvider = trace.getTracerProvider(),
    meterProvider = metrics.getMeterProvider(),
  } = options
  const tracer = tracerProvider.getTracer(NAME)
  const recordMetrics = createMetrics(meterProvider.getMeter(NAME), { serverAddress, listenerScheme })
  /** The contexts that exchanges began in, until they are over, by their ids. No `Map`: `roster.ts` of @stopbit/exchange says why. */
  let contexts = noContexts()

  const started = guarded(({ id }: ExchangeStart) => {
    contexts[id] = context.active()
  })
  const settled = guarded((record: ExchangeRecord) => {
    const parent = contexts[record.id] ?? ROOT_CONTEXT
    delete contexts[record.id]
    recordSpans({ tracer, serverAddress }, record, parent)
    recordMetrics(record)
  })
  subscribe('stopbit:exchange:start', started)
  subscribe('stopbit:exchange', settled)
  return () => {
    unsubscribe('stopbit:exchange:start', started)
    unsubscribe('stopbit:exchange', settled)
    contexts = noContexts()
  }
}

function noContexts(): Record<string, Context> {
  return Object.create(null) as Record<string, Context>
}

/** What a subscriber throws would end the process. */
function guarded<Message>(take: (message: Message) => void): (message: unknown) => void {
  return (message) => {
    try {
      take(message as Message)
    } catch (thrown) {
      process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
    }
  }
}
