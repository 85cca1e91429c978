import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/**
 * Ends a connection as a machine that has died does: with a reset, but over TLS, where Node has none to give, without a word. One that
 * is closing already is only let go: libuv refuses to reset it, and Node 24 then never closes its descriptor.
 */
export function reset(socket: Socket): void {
  if (socket instanceof TLSSocket || socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
