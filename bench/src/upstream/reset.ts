import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Ends a connection as a machine that has died does: with a reset, but over TLS, where Node has none to give, without a word. */
export function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}
