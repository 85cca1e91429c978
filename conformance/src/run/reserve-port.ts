import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo } from 'node:net'

const HOST = '127.0.0.1'

/** A port on which nothing listens and that nobody else gets. */
export interface ReservedPort {
  readonly port: number
  readonly release: () => void
}

/**
 * Takes a port that refuses connections. Just to close a listener would not do: the system hands the port to the next one who asks,
 * and a target would then talk to another trace's upstream (seen with four traces at a time). So a connection to itself stays
 * on the port, which keeps it taken; a listener may still be bound to it later.
 */
export async function reservePort(): Promise<ReservedPort> {
  const server = createServer((socket) => void socket.on('error', () => undefined))
  server.listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const holder = createConnection({ host: HOST, port })
  await Promise.all([once(server, 'connection'), once(holder, 'connect')])
  server.close() // stops listening at once; the connection stays
  return { port, release: () => holder.destroy() }
}
