import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { ListenerEvent } from '@stopbit/server-presets'
import type { Logger } from 'pino'

/** What is known of a connection to the API. */
interface Connection {
  readonly connection: number
  readonly openedAt: number
  requests: number
}

/** Which side ended a connection, as the socket shows it: a FIN or a reset of the peer, or neither. */
type EndedBy = 'closed by the API' | 'reset by the API' | 'closed by us'

const RESETS = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])

/**
 * Logs, as `debug`, when each connection to the API opened, was used again, and was closed or reset, and by whom. Sees
 * every connection of undici's in this process; nothing of what goes over it.
 *
 * @returns how to stop it. Connections that are open are still followed to their end.
 */
export function logUpstreamSockets(log: Logger): () => void {
  const known = new WeakMap<Socket, Connection>()
  let count = 0

  const opened = (message: unknown): void => {
    const { socket } = message as { socket: Socket }
    const connection: Connection = { connection: ++count, openedAt: performance.now(), requests: 0 }
    known.set(socket, connection)
    log.debug({ side: 'upstream', connection: count }, 'connection opened')
    let endedBy: EndedBy = 'closed by us'
    let code: string | undefined
    socket.prependOnceListener('end', () => (endedBy = 'closed by the API'))
    socket.prependOnceListener('error', (error: NodeJS.ErrnoException) => {
      code = error.code
      if (code !== undefined && RESETS.has(code)) endedBy = 'reset by the API'
    })
    socket.once('close', () => {
      const facts = {
        side: 'upstream',
        connection: connection.connection,
        code,
        requests: connection.requests,
        ageMs: Math.round(performance.now() - connection.openedAt),
        bytesSent: socket.bytesWritten,
        bytesReceived: socket.bytesRead,
      }
      log.debug(facts, `connection ${endedBy}`)
    })
  }
  const failed = (message: unknown): void => {
    const { error } = message as { error: NodeJS.ErrnoException }
    log.debug({ side: 'upstream', code: error.code }, 'connection could not be opened')
  }
  const used = (message: unknown): void => {
    const connection = known.get((message as { socket: Socket }).socket)
    if (connection === undefined) return
    connection.requests++
    if (connection.requests === 1) return
    log.debug(
      { side: 'upstream', connection: connection.connection, requests: connection.requests },
      'connection reused',
    )
  }
  const channels = {
    'undici:client:connected': opened,
    'undici:client:connectError': failed,
    'undici:client:sendHeaders': used,
  }
  for (const [name, listener] of Object.entries(channels)) subscribe(name, listener)
  return () => {
    for (const [name, listener] of Object.entries(channels)) unsubscribe(name, listener)
  }
}

/** The same for the connections of clients, out of what their listener tells. A lost request is more than a detail. */
export function logListenerEvent(log: Logger, { type, ...facts }: ListenerEvent): void {
  const entry = { side: 'downstream', ...facts }
  switch (type) {
    case 'raced':
      return log.warn(entry, 'request came on a connection that was just closed: the client lost it')
    case 'saved':
      return log.debug(entry, 'request came just before its idle connection was closed, and was kept')
    case 'idle-closed':
      return log.debug(entry, 'connection closed by us, being idle')
    case 'client-error':
      return log.debug(entry, 'client error')
    default:
      return log.debug(entry, `connection ${type}`)
  }
}
