import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { BEHAVIOURS, UPLOAD_BEHAVIOURS, type BehaviourName } from './behaviours.ts'
import type { Attempt, SoakExchange } from './exchange.ts'
import { Turn } from './turn.ts'
import { UpstreamConnection } from './upstream-connection.ts'

/** The upstream of a soak: plays what the plan of each exchange says. */
export interface SoakUpstream {
  readonly url: string
  /** Connections that the gateway has open. */
  readonly openCount: () => number
  close(): Promise<void>
}

/** libuv takes one connection per listener and turn of the loop: too few where each turn has hundreds of sockets to serve. */
const LISTENERS = 16

/** Starts it. `find` gives the exchange of an id; a request of none is answered with the end of its connection. */
export async function startUpstream(find: (id: string) => SoakExchange | undefined): Promise<SoakUpstream> {
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  let port = 0
  for (let i = 0; i < LISTENERS; i++) {
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      void serve(new UpstreamConnection(socket), find)
    })
    servers.push(server)
    server.listen({ port, host: '127.0.0.1', backlog: 4_096, reusePort: true })
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  return {
    url: `http://127.0.0.1:${port}`,
    openCount: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => once(server.close(), 'close')))
    },
  }
}

async function serve(connection: UpstreamConnection, find: (id: string) => SoakExchange | undefined): Promise<void> {
  for (let head = await connection.readHead(); head !== undefined; head = await connection.readHead()) {
    const exchange = find(/^x-client-request-id: *(\S+)/im.exec(head)?.[1] ?? '')
    if (exchange === undefined) break
    const { plan, attempts } = exchange
    const behaviour: BehaviourName = attempts.length === 0 ? plan.upstream : plan.upstreamAgain
    const attempt: Attempt = { behaviour, answer: 'none', status: 0, sent: [], fired: false }
    attempts.push(attempt)
    const turn = new Turn(exchange, attempt, connection)
    if (!UPLOAD_BEHAVIOURS.has(behaviour)) {
      if (!(await connection.readBody())) break
      if (!behaviour.startsWith('stale')) await turn.think()
      if (connection.socket.destroyed) return
    }
    await BEHAVIOURS[behaviour].play(turn)
    if (connection.socket.destroyed || !connection.socket.writable) return
  }
  connection.socket.destroy()
}
