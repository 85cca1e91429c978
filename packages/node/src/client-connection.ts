import type { ServerResponse } from 'node:http'
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

/**
 * Waits until a response may be written: behind those of the requests that its client had pipelined before it. Until then Node
 * would take no more of it than a buffer's fill, which says nothing about how the client reads. A client that leaves ends the wait.
 */
export function waitForTurn(socket: Socket, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const stop = onClientLeft(socket, () => resolve())
    response.once('socket', () => {
      stop()
      resolve()
    })
  })
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
  // Each comes once, and `once` would cost every connection another closure.
  socket.on('end', tell).on('close', tell)
  watchersOf.set(socket, watchers)
  return watchers
}
