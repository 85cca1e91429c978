import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { resolveSend, type Trace, type UpstreamStep } from '@stopbit/traces'

/** An upstream that plays the first connection of a trace. */
export interface PlayedUpstream {
  readonly url: string
  close(): void
}

/** Between two sends, so that a person can watch the answer grow. */
const PACE_MS = 350

/**
 * Plays a trace on raw sockets. Where the script has a barrier it waits for `clientHasAll`, so that the fault comes when the
 * client has seen everything before it, and not some time later.
 */
export async function playUpstream(trace: Trace, clientHasAll: Promise<void>): Promise<PlayedUpstream> {
  const script = trace.upstream.connections[0]?.script ?? []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // the proxies close as they like; only the clients are watched
    socket.once('data', () => void play(socket, script, clientHasAll))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

async function play(socket: Socket, script: readonly UpstreamStep[], clientHasAll: Promise<void>): Promise<void> {
  for (const step of script) {
    switch (step.do) {
      case 'read-request':
        break // `data` has come: the requests of this demo fit into one packet
      case 'send':
        for (const bytes of resolveSend(step).writes) socket.write(bytes)
        await sleep(PACE_MS)
        break
      case 'barrier':
        await clientHasAll
        break
      case 'rst':
        socket.resetAndDestroy()
        break
      default:
        throw new Error(`Cannot play the step "${step.do}": the demo has no use for it`)
    }
  }
}
