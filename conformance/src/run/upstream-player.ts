import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { UpstreamConnectionScript } from '@stopbit/traces'
import { reservePort } from './reserve-port.ts'
import type { Stage } from './stage.ts'
import { UpstreamConnection } from './upstream-connection.ts'
import { playUpstream } from './upstream-script.ts'

const HOST = '127.0.0.1'

/** The upstream end: a raw TCP server that plays a trace's scripts, one connection after the other. */
export interface UpstreamPlayer {
  readonly url: string
  /** Back to an upstream that listens and answers nothing but the control request. */
  readonly enterControl: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Listens on a free loopback port; for a trace with `refuse`, only takes one. Rejects when no port can be had. */
export async function startUpstream(stage: Stage): Promise<UpstreamPlayer> {
  const sockets = new Set<Socket>()
  let scriptsTaken = 0
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const connection = new UpstreamConnection(stage, socket, () => {
      // Scripts go by first bytes and not by accept: a connection that a pool opens ahead, or a probe, takes none.
      const script = stage.ended.aborted ? undefined : scriptFor(stage, scriptsTaken)
      scriptsTaken += 1
      if (script === undefined) connection.endScript()
      else void playUpstream(stage, connection, script)
    })
  })
  const first = stage.trace.upstream.connections[0]?.script[0]
  const refused = first?.do === 'refuse' && stage.beginStep(first) === 'play' ? await reservePort() : undefined
  if (refused === undefined) await listen(server, 0)
  const port = refused?.port ?? (server.address() as AddressInfo).port
  return {
    url: `http://${HOST}:${port}`,
    enterControl: async () => {
      stage.end()
      if (refused !== undefined) await listen(server, port)
    },
    close: async () => {
      stage.end()
      refused?.release()
      for (const socket of sockets) socket.destroy()
      await stopListening(server)
    },
  }
}

function scriptFor(stage: Stage, index: number): UpstreamConnectionScript | undefined {
  const { connections } = stage.trace.upstream
  const last = connections.at(-1)
  return connections[index] ?? (last?.reuse === 'any' ? last : undefined)
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
