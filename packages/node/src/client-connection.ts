import type { Socket } from 'node:net'

/** Who waits for the end of each connection: all requests of a pipelining client, which would be one listener too many each. */
const watchersOf = new WeakMap<Socket, Set<() => void>>()

/**
 * Calls `left` once the client has closed its side of the connection, or all of it. Of a closed side Node tells the response
 * nothing while bytes wait for a client that does not read; and Node 22 tells nothing at all to the response of a pipelined
 * request that waits behind another.
 *
 * @returns how to stop waiting.
 */
export function onClientLeft(socket: Socket, left: () => void): () => void {
  const watchers = watchersOf.get(socket) ?? watch(socket)
  watchers.add(left)
  return () => watchers.delete(left)
}

/** Whether it has closed its side, or all of it, already. */
export function hasClientLeft(socket: Socket): boolean {
  return socket.destroyed || socket.readableEnded
}

function watch(socket: Socket): Set<() => void> {
  const watchers = new Set<() => void>()
  const tell = (): void => {
    for (const left of watchers) left()
  }
  socket.once('end', tell)
  socket.once('close', tell)
  watchersOf.set(socket, watchers)
  return watchers
}
