import { createServer } from 'node:http'
import type { ExchangeRecord, StallWarning } from '@stopbit/exchange'
import { createHandler, type Handler } from '@stopbit/node'
import {
  applyServerPreset,
  createDrain,
  createListenerCounters,
  createListenerGuard,
  observeListener,
  type ListenerCounters,
  type ListenerEvent,
} from '@stopbit/server-presets'
import type { GatewayOptions } from './gateway-options.ts'
import { listen } from './listen.ts'
import { recordFaults, type DraftEvents } from './record-faults.ts'
import { refuse, type RefusedRequest } from './refuse-strangers.ts'

/** A gateway that listens. */
export interface Gateway {
  readonly port: number
  /** Whether it should get new requests: from the start until `stop()`. */
  readonly isReady: boolean
  /** What its listener has been through. Numbers only grow. */
  readonly listener: ListenerCounters
  /** What the connections to the API have been through, and the requests that were sent again on them. */
  readonly upstream: Handler['upstream']
  readonly retries: Handler['retries']
  /**
   * Is not ready for `drainDelayMs`, then stops listening and lets running responses end up to `drainDeadlineMs`, then ends
   * the rest with an error in their own dialect. Resolves when no connection and no exchange is left.
   */
  stop(): Promise<void>
}

/** What a gateway tells its operator. */
export interface GatewayEvents {
  /** One exchange is over. */
  readonly onRecord: (record: ExchangeRecord) => void
  /** An upstream has gone silent within an answer; nothing was done about it yet. */
  readonly onStall: (warning: StallWarning) => void
  /** A request was refused before it became an exchange. */
  readonly onRefused: (request: RefusedRequest) => void
  /** What happens on the connections of clients. Comes often: at least twice for each connection. */
  readonly onListener?: ((event: ListenerEvent) => void) | undefined
  /** The gateway itself has failed within an exchange. */
  readonly onDefect: (defect: Error) => void
  /** With `recordDir`: what became of the draft of a failed call. */
  readonly onDraft?: DraftEvents | undefined
}

/** Starts a gateway. Rejects if it cannot listen. */
export async function startGateway(
  options: GatewayOptions,
  { onRecord, onStall, onRefused, onDefect, onDraft, onListener }: GatewayEvents,
): Promise<Gateway> {
  const { listenHost: host, allowedHosts, token } = options
  const guard = createListenerGuard({ host, allowedHosts, token })
  const handle = createHandler({
    upstream: {
      url: options.upstreamUrl,
      connectTimeoutMs: options.connectTimeoutMs,
      ca: options.upstreamCa,
      allowH2: options.allowH2,
      maxConnections: options.maxConnections,
      proxy: options.upstreamProxy,
      ...(options.recordDir !== undefined && { history: recordFaults(options.recordDir, onDraft) }),
    },
    exchange: options.exchange,
    credential: options.credential,
    onRecord,
    onStall,
    onDefect,
  })
  const server = createServer((request, response) => {
    const refusal = guard(request)
    if (refusal !== undefined) return onRefused(refuse(request, response, refusal))
    void handle(request, response)
  })
  server.on('connect', (request, socket) => void handle.refuseTunnel(request, socket))
  const counters = createListenerCounters()
  const onEvent = (event: ListenerEvent): void => {
    if (event.type === 'client-error' && event.status !== undefined) {
      onRefused({ status: event.status, reason: event.code })
    }
    onListener?.(event)
  }
  observeListener(server, { counters, onEvent })
  applyServerPreset(server, options.listener)
  const drain = createDrain(server, options)
  drain.register(handle)
  const port = await listen(server, host, options.listenPort)
  return {
    port,
    get isReady() {
      return drain.isReady
    },
    listener: counters,
    upstream: handle.upstream,
    retries: handle.retries,
    async stop() {
      await drain.start()
      await handle.close()
      await handle.idle()
    },
  }
}
