import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SoakRecord } from './exchange.ts'

/** What the gateway's process holds. */
export interface Probe {
  readonly memory: Readonly<Record<'rss' | 'heapUsed' | 'external' | 'arrayBuffers', number>>
  /** `process.getActiveResourcesInfo()`, counted by type: what keeps the process alive. */
  readonly resources: Readonly<Record<string, number>>
  readonly downstreamSockets: number
  readonly upstreamSockets: number
  /** Listeners of the socket that has the most. */
  readonly mostListeners: number
  readonly processListeners: number
  readonly serverListeners: number
  /** What exchanges hold of the memory budget. */
  readonly heldBytes: number
  /** Every warning since the start, of too many listeners among others. */
  readonly warnings: readonly string[]
}

export type FromChild =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'accepted'; readonly id: string }
  | { readonly type: 'record'; readonly record: SoakRecord }
  | { readonly type: 'lag'; readonly until: number; readonly ms: number }
  | { readonly type: 'probe'; readonly probe: Probe }

/** What a gateway's process tells of itself. */
export interface GatewayProcessEvents {
  onAccepted(id: string): void
  onRecord(record: SoakRecord): void
  /** Its event loop stood still for `ms`, until `until` (milliseconds since the epoch). */
  onLag(until: number, ms: number): void
  /** It ended, though nobody had asked for it. */
  onDeath(why: string): void
}

export interface GatewayProcess {
  readonly port: number
  /** @param collects garbage first. */
  probe(collects: boolean): Promise<Probe>
  stop(): Promise<void>
}

/** Small enough that every limit is reached in a soak; with room for a busy machine. */
const LIMITS = {
  drainDeadlineMs: '1000',
  retry: 'replayable',
  retryBackoffMs: '20',
  retryWindowMs: '1000',
  connectTimeoutMs: '1000',
  poolWaitMs: '1000',
  headersTimeoutMs: '2000',
  idleTimeoutMs: '1000',
  stallWarnMs: '200',
  progressTimeoutMs: '4000',
  commitAfterMs: '200',
  openingHoldMs: '1000',
  heartbeatMs: '150',
  downstreamStallMs: '500',
  uploadStallMs: '500',
  finishGraceMs: '500',
  maxReplayBytes: String(512 * 1024),
  maxJsonBytes: String(256 * 1024),
}

/** Starts a gateway in a process of its own, in front of `upstreamUrl`. */
export async function startGatewayProcess(upstreamUrl: string, events: GatewayProcessEvents): Promise<GatewayProcess> {
  const child = fork(
    fileURLToPath(new URL('gateway-child.ts', import.meta.url)),
    [upstreamUrl, JSON.stringify(LIMITS)],
    {
      execArgv: ['--conditions=@stopbit/source', '--expose-gc'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    },
  )
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4_000)))
  const listening = Promise.withResolvers<number>()
  let probed = Promise.withResolvers<Probe>()
  let isStopping = false
  const exit = once(child, 'exit')
  void exit.then(([code, signal]) => {
    const why = `The gateway's process ended (${String(code ?? signal)}): ${errors}`
    listening.reject(new Error(why))
    probed.reject(new Error(why))
    probed.promise.catch(() => undefined)
    if (!isStopping) events.onDeath(why)
  })
  child.on('message', (message: FromChild) => {
    switch (message.type) {
      case 'listening':
        return listening.resolve(message.port)
      case 'accepted':
        return events.onAccepted(message.id)
      case 'record':
        return events.onRecord(message.record)
      case 'lag':
        return events.onLag(message.until, message.ms)
      case 'probe':
        probed.resolve(message.probe)
        probed = Promise.withResolvers()
        return undefined
      default:
        return message satisfies never
    }
  })
  return {
    port: await listening.promise,
    probe(collects) {
      const { promise } = probed
      if (child.connected) child.send(collects ? 'collect' : 'probe')
      return promise
    },
    async stop() {
      isStopping = true
      if (child.connected) child.send('stop')
      const killer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exit
      clearTimeout(killer)
    },
  }
}
