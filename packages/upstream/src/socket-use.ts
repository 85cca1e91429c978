import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Who wants to know on which socket its request goes out. */
interface SocketListener {
  onSocket(socket: Socket, reused: boolean): void
}

/** Sockets that have carried a request. */
const used = new WeakSet<Socket>()
let expecting: SocketListener | undefined

/**
 * Tells the listener the socket of the request that undici is about to write. undici names the socket nowhere but in its
 * `sendHeaders` diagnostics, which it publishes synchronously after `onRequestStart`: so this is to be called there.
 */
export function expectSocket(listener: SocketListener): void {
  expecting = listener
}

subscribe('undici:client:sendHeaders', (message) => {
  const { socket } = message as { socket: Socket }
  const reused = used.has(socket)
  used.add(socket)
  const listener = expecting
  expecting = undefined
  listener?.onSocket(socket, reused)
})
