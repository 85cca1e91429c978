import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'

/**
 * A response on the socket of a `connect` or `upgrade` event, which Node hands over bare. Its end is the end of the connection.
 */
export function responseOn(request: IncomingMessage, duplex: Duplex): ServerResponse {
  const socket = duplex as Socket
  socket.on('error', () => undefined) // a client that leaves is no accident
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.destroySoon())
  return response
}
