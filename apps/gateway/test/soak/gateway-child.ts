import { subscribe } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as nextTick } from 'node:timers/promises'
import { PROCESS_MEMORY } from '@stopbit/exchange'
import { readGatewayOptions } from '../../src/gateway-options.ts'
import { startGateway } from '../../src/start-gateway.ts'
import type { FromChild, Probe } from './gateway-process.ts'

// The gateway of a soak, alone in its process. Tells every request that it accepts, every record, and how it is when asked.

const tell = (message: FromChild): void => void process.send?.(message)

const warnings: string[] = []
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`))

const sockets = { downstream: new Set<Socket>(), upstream: new Set<Socket>() }
subscribe('net.server.socket', (message) => void sockets.downstream.add((message as { socket: Socket }).socket))
subscribe('net.client.socket', (message) => void sockets.upstream.add((message as { socket: Socket }).socket))

let server: Server | undefined
subscribe('http.server.request.start', (message) => {
  const started = message as { request: IncomingMessage; server: Server }
  server = started.server
  tell({ type: 'accepted', id: String(started.request.headers['x-client-request-id']) })
})

/** When a turn of the event loop took so long that limits of some hundred milliseconds mean nothing. */
const LAG_MS = 120
let beat = performance.now()
setInterval(() => {
  const late = performance.now() - beat - 50
  if (late > LAG_MS) tell({ type: 'lag', until: Date.now(), ms: Math.round(late) })
  beat = performance.now()
}, 50).unref()

function openOf(kind: keyof typeof sockets): Socket[] {
  for (const socket of sockets[kind]) if (socket.destroyed) sockets[kind].delete(socket)
  return [...sockets[kind]]
}

function listenersOf(emitter: EventEmitter | undefined): number {
  return emitter?.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0) ?? 0
}

async function probe(collects: boolean): Promise<Probe> {
  // What one collection finds dead, the finalizers of the next one may still hold.
  for (let i = 0; i < (collects ? 4 : 0); i++) {
    globalThis.gc?.()
    await nextTick()
  }
  const resources: Record<string, number> = {}
  for (const type of process.getActiveResourcesInfo()) resources[type] = (resources[type] ?? 0) + 1
  const [downstream, upstream] = [openOf('downstream'), openOf('upstream')]
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  return {
    memory: { rss, heapUsed, external, arrayBuffers },
    resources,
    downstreamSockets: downstream.length,
    upstreamSockets: upstream.length,
    // A socket that is used again and again must not collect listeners.
    mostListeners: Math.max(0, ...downstream.map(listenersOf), ...upstream.map(listenersOf)),
    processListeners: listenersOf(process),
    serverListeners: listenersOf(server),
    heldBytes: PROCESS_MEMORY.heldBytes,
    warnings,
  }
}

const [upstreamUrl = '', flags = '{}'] = process.argv.slice(2)
const options = readGatewayOptions({
  flags: { upstreamUrl, listenPort: '0', ...(JSON.parse(flags) as Record<string, string>) },
  environment: {},
})
const gateway = await startGateway(options, {
  onRecord: ({ clientRequestId = '', ending, fault, status, clientStalled }) =>
    tell({ type: 'record', record: { id: clientRequestId, ending, fault: fault?.kind, status, clientStalled } }),
  onStall: () => undefined,
  onRefused: () => undefined,
  onDefect: (defect) => void warnings.push(`defect: ${defect.stack}`),
})
process.on('message', (message: 'probe' | 'collect' | 'stop') => {
  if (message === 'stop') void gateway.stop().then(() => process.disconnect())
  else void probe(message === 'collect').then((found) => tell({ type: 'probe', probe: found }))
})
tell({ type: 'listening', port: gateway.port })
