import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExchangeRecord, StallWarning } from '@stopbit/exchange'
import { createHandler } from '@stopbit/node'
import { applyServerPreset, createListenerGuard, SERVER_PRESETS } from '@stopbit/server-presets'
import type { GatewayOptions } from './gateway-options.ts'
import { recordFaults, type DraftEvents } from './record-faults.ts'
import { BrokenRequests, refuse, type RefusedRequest } from './refuse-strangers.ts'

/** A gateway that listens. */
export interface Gateway {
  readonly port: number
  /**
   * Stops listening, lets running responses end for up to `drainDeadlineMs`, then ends the rest with an error in their own
   * dialect. Resolves when no connection is left.
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
  /** The gateway itself has failed within an exchange. */
  readonly onDefect: (defect: Error) => void
  /** With `recordDir`: what became of the draft of a failed call. */
  readonly onDraft?: DraftEvents | undefined
}

/** Starts a gateway. Rejects if it cannot listen. */
export async function startGateway(
  options: GatewayOptions,
  { onRecord, onStall, onRefused, onDefect, onDraft }: GatewayEvents,
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
  const broken = new BrokenRequests()
  let stopping = false
  const server = createServer((request, response) => {
    if (stopping) response.shouldKeepAlive = false
    broken.handled(request, response)
    const refusal = guard(request)
    if (refusal !== undefined) return onRefused(refuse(request, response, refusal))
    void handle(request, response)
  })
  server.on('connect', (request, socket) => void handle.refuseTunnel(request, socket))
  server.on('clientError', (error, socket) => {
    const refused = broken.refuse(error, socket)
    if (refused !== undefined) onRefused(refused)
  })
  const { keepAliveTimeout, ...preset } = SERVER_PRESETS.loopback
  applyServerPreset(server, { ...preset, keepAliveTimeout: options.listenerKeepaliveMs ?? keepAliveTimeout })
  await listen(server, host, options.listenPort)
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      stopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await handle.drain(options.drainDeadlineMs)
      // What is still connected carries no exchange: idle clients, and connections that never sent a request.
      server.closeAllConnections()
      await closed
      await handle.close()
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
