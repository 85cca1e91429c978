import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A way over a network to a port of this machine. */
interface FarPath {
  readonly url: string
  readonly close: () => void
}

/**
 * A path that takes `delayMs` in each direction, for bytes and for ends. On loopback a FIN is there in some microseconds, and whether a
 * request crosses it is chance; over a network there is a round trip's time for it.
 */
export async function startFarPath(port: number, delayMs: number): Promise<FarPath> {
  const server: Server = createServer({ allowHalfOpen: true }, (near) => {
    const far = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
    carry(near, far, delayMs)
    carry(far, near, delayMs)
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Timers of the same length fire in the order in which they were set, so that bytes stay in order. */
function carry(from: Socket, to: Socket, delayMs: number): void {
  from.setNoDelay(true)
  from.on('data', (bytes: Buffer) => void setTimeout(() => to.writable && to.write(bytes), delayMs))
  from.on('end', () => void setTimeout(() => to.end(), delayMs))
  from.on('error', () => void setTimeout(() => to.resetAndDestroy(), delayMs))
}
