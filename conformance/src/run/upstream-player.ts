import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { UpstreamConnectionScript } from '@stopbit/traces'
import { neverConnects } from '../never-connects.ts'
import { acceptConnection } from './accept-connection.ts'
import type { Stage } from './stage.ts'
import { takePort } from './taken-port.ts'
import { certificates } from './tls/certificates.ts'

const HOST = '127.0.0.1'

/** How long a target has to close idle connections after a FIN, not scaled. Some runtimes look only when they use them next. */
const LET_GO_MS = 500

/** The upstream end of one process of the target: a raw TCP server that plays one permutation's scripts after the other's. */
export interface UpstreamPlayer {
  readonly url: string
  /** PEM file of the authority that an upstream over TLS has its certificate of. */
  readonly caFile: string | undefined
  /** Whose scripts the connections play from now on. */
  readonly begin: (stage: Stage) => void
  /** Notes whether a fault that the listener itself plays was there to the end. Before `enterControl`. */
  readonly confirmFault: () => void
  /** Back to an upstream that listens and answers nothing but the control request. */
  readonly enterControl: () => Promise<void>
  /** Closes what is open and waits until the target has let go: the next permutation begins on connections of its own. */
  readonly endConnections: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Listens on a free loopback port, or on `wantedPort`; for a trace whose upstream takes no connection, only takes one. Rejects when no port can be had. */
export async function startUpstream(first: Stage, wantedPort = 0): Promise<UpstreamPlayer> {
  const sockets = new Set<Socket>()
  let stage = first
  let scriptsTaken = 0
  let isClosing = false
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (isClosing) return void socket.destroy() // it lay in the queue: nobody else would close it, and the server waits for it
    const own = stage
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const next = (): UpstreamConnectionScript | undefined =>
      own.ended.aborted ? undefined : scriptFor(own, scriptsTaken)
    const take = (): UpstreamConnectionScript | undefined => {
      const script = next()
      scriptsTaken += 1
      return script
    }
    acceptConnection(own, socket, { next, take })
  })
  let taken = await takePort(first)
  if (taken === undefined) await listen(server, wantedPort)
  const port = taken?.port ?? (server.address() as AddressInfo).port
  const tls = first.trace.upstream.tls === true
  return {
    caFile: tls ? (await certificates()).caFile : undefined,
    url: `${tls ? 'https' : 'http'}://${HOST}:${port}`,
    begin: (next) => {
      stage = next
      scriptsTaken = 0
    },
    confirmFault: () => {
      if (taken?.holds() === false)
        stage.barriers.push({ until: 'no-connection-is-made', held: false, clientHadEnded: false })
    },
    enterControl: async () => {
      stage.end()
      if (taken === undefined) return
      if (neverConnects(stage.trace)) await taken.release()
      await listenAgain(server, port)
    },
    endConnections: async () => {
      const open = [...sockets]
      for (const socket of open) socket.end()
      const closed = open.map((socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve())))
      await Promise.race([Promise.all(closed), sleep(LET_GO_MS, undefined, { ref: false })])
      for (const socket of open) socket.destroy()
    },
    close: async () => {
      isClosing = true
      stage.end()
      await taken?.release()
      taken = undefined
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

/** For a moment the port was free, and another program's connection may have got it as its own: it is waited for, at most 2 s. */
async function listenAgain(server: Server, port: number): Promise<void> {
  for (let triesLeft = 40; ; triesLeft -= 1) {
    try {
      return await listen(server, port)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || triesLeft === 0) throw error
      await sleep(50)
    }
  }
}

async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
