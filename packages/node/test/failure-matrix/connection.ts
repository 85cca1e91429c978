import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** A connection that an upstream accepted: bytes on top, and the TCP connection below, which faults are made of. */
export interface Connection {
  /** Which connection this is, from 1. */
  readonly count: number
  /** What the application reads and writes: TLS, if there is any, is below it. */
  readonly stream: Duplex
  /** Writes, and resolves when the bytes are with the kernel. */
  readonly write: (bytes: string | Uint8Array) => Promise<void>
  /** Ends as a well-behaved peer does: with a close_notify if it is TLS, then a FIN. */
  readonly end: () => void
  /** A bare FIN, without a close_notify. */
  readonly fin: () => void
  readonly reset: () => void
}

/** The certificate of a TLS upstream. */
export interface TlsIdentity {
  readonly key: string
  readonly cert: string
  readonly protocols: readonly string[]
}

/** A listening upstream. */
export interface Listener {
  readonly port: number
  readonly close: () => Promise<void>
}

/** Accepts connections, each with its `Connection`. Closing it destroys what is still open. */
export async function listen(
  onConnection: (connection: Connection) => void,
  identity?: TlsIdentity,
): Promise<Listener> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined) // resets are what this is about
    onConnection(connectionOf(socket, ++count, identity))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

function connectionOf(socket: Socket, count: number, identity: TlsIdentity | undefined): Connection {
  const stream = identity === undefined ? socket : secure(socket, identity)
  return {
    count,
    stream,
    write: (bytes) => new Promise((resolve) => stream.write(bytes, () => resolve())),
    end: () => void stream.end(),
    fin: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  }
}

/** TLS over a socket that stays ours, so that it can be cut below TLS. */
function secure(socket: Socket, { key, cert, protocols }: TlsIdentity): TLSSocket {
  const transport = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => void (socket.writable ? socket.write(chunk, () => done()) : done()),
    final: (done) => void socket.end(done),
  })
  socket.on('data', (chunk: Buffer) => transport.push(chunk))
  socket.once('end', () => transport.push(null))
  socket.once('close', () => transport.destroy())
  const stream = new TLSSocket(transport, { isServer: true, key, cert, ALPNProtocols: [...protocols] })
  stream.on('error', () => undefined)
  return stream
}

/** A port on which nobody listens, and the proof: a connection of our own is refused. */
export async function closedPort(): Promise<number> {
  const listener = await listen(() => undefined)
  await listener.close()
  const probe = connect(listener.port, '127.0.0.1')
  const [error] = (await once(probe, 'error')) as [Error & { code?: string }]
  if (error.code !== 'ECONNREFUSED') throw new Error('Somebody listens on a closed port')
  return listener.port
}
