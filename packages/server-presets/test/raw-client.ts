import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Listener } from '../src/index.ts'

/** Has a server listen until the test is over. */
export async function listen(server: Server | Listener): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A client that keeps its side open after the server's FIN, and what it has received. */
export interface RawClient {
  readonly socket: Socket
  /** Waits until what came matches. */
  until(pattern: RegExp): Promise<string>
  /** Resolves with the server's FIN. */
  readonly ended: Promise<void>
  /** Resolves with all that came, when the server has closed its side in any way. */
  readonly closed: Promise<string>
}

/** Takes a socket for a client. */
export function clientOn(socket: Socket): RawClient {
  let text = ''
  let arrived = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<string>()
  socket.on('error', () => undefined) // resets are what these tests are about
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1')
    arrived.resolve()
    arrived = Promise.withResolvers()
  })
  socket.once('end', () => {
    ended.resolve()
    closed.resolve(text)
  })
  socket.once('close', () => closed.resolve(text))
  return {
    socket,
    ended: ended.promise,
    closed: closed.promise,
    async until(pattern) {
      while (!pattern.test(text)) await arrived.promise
      return text
    },
  }
}

/** Connects a client to a server. */
export async function connectClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return clientOn(socket)
}

export const POST = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}'
