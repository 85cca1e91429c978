import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExchangeRecord, StallWarning } from '@stopbit/exchange'
import { createHandler } from '@stopbit/node'
import { applyServerPreset, createListenerGuard, SERVER_PRESETS, type Refusal } from '@stopbit/server-presets'
import { detectDialect } from '@stopbit/sse'
import type { GatewayOptions } from './gateway-options.ts'

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
  onRecord(record: ExchangeRecord): void
  /** An upstream has gone silent within an answer; nothing was done about it yet. */
  onStall(warning: StallWarning): void
  /** The gateway itself has failed within an exchange. */
  onDefect(defect: Error): void
}

/** Starts a gateway. Rejects if it cannot listen. */
export async function startGateway(
  options: GatewayOptions,
  { onRecord, onStall, onDefect }: GatewayEvents,
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
    },
    exchange: options.exchange,
    credential: options.credential,
    onRecord,
    onStall,
    onDefect,
  })
  let stopping = false
  const server = createServer((request, response) => {
    if (stopping) response.shouldKeepAlive = false
    const refusal = guard(request)
    if (refusal !== undefined) return refuse(request, response, refusal)
    void handle(request, response)
  })
  server.on('connect', (request, socket) => void handle.refuseTunnel(request, socket))
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

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const dialect = detectDialect(request.method ?? 'GET', request.url ?? '/')
  const { status, headers, body } = dialect.errorResponse({ refusal }, `req_stopbit_${crypto.randomUUID()}`)
  response.shouldKeepAlive = false
  response.writeHead(status, [...headers, 'content-length', String(Buffer.byteLength(body))])
  response.end(body)
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
