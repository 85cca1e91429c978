import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { UpstreamConnectionScript } from '@stopbit/traces'
import { neverConnects } from '../never-connects.ts'
import { digBlackHole } from './black-hole.ts'
import { reservePort } from './reserve-port.ts'
import type { Stage } from './stage.ts'
import { UpstreamConnection } from './upstream-connection.ts'
import { playUpstream } from './upstream-script.ts'

const HOST = '127.0.0.1'

/** The upstream end: a raw TCP server that plays a trace's scripts, one connection after the other. */
export interface UpstreamPlayer {
  readonly url: string
  /** Notes whether a fault that the listener itself plays was there to the end. Before `enterControl`. */
  readonly confirmFault: () => void
  /** Back to an upstream that listens and answers nothing but the control request. */
  readonly enterControl: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A port that the listener does not have until the trace is over. */
interface TakenPort {
  readonly port: number
  readonly holds: () => boolean
  readonly release: () => Promise<void> | void
}

/** Listens on a free loopback port; for a trace whose upstream takes no connection, only takes one. Rejects when no port can be had. */
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
  let taken = await takePort(stage)
  if (taken === undefined) await listen(server, 0)
  const port = taken?.port ?? (server.address() as AddressInfo).port
  return {
    url: `http://${HOST}:${port}`,
    confirmFault: () => {
      if (taken?.holds() === false)
        stage.barriers.push({ until: 'no-connection-is-made', held: false, clientHadEnded: false })
    },
    enterControl: async () => {
      stage.end()
      if (taken === undefined) return
      if (neverConnects(stage.trace)) await taken.release()
      await listen(server, port)
    },
    close: async () => {
      stage.end()
      await taken?.release()
      taken = undefined
      for (const socket of sockets) socket.destroy()
      await stopListening(server)
    },
  }
}

/** The port of a trace whose upstream refuses connections, or never makes them. */
async function takePort(stage: Stage): Promise<TakenPort | undefined> {
  const first = stage.trace.upstream.connections[0]?.script[0]
  if (first === undefined || (first.do !== 'refuse' && !neverConnects(stage.trace))) return undefined
  if (stage.beginStep(first) === 'skip') return undefined
  if (first.do === 'refuse') return { ...(await reservePort()), holds: () => true }
  stage.beginStall('connectTimeoutMs')
  return await digBlackHole()
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
