import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Who waits for the end of each connection: all requests of a pipelining client, which would be one listener too many each. */
const watchersOf = new WeakMap<Socket, (() => void)[]>()

/**
 * Calls `left` once the client has closed its side of the connection, or all of it, unless `left` is forgotten before. Of a closed side
 * Node tells the response nothing while bytes wait for a client that does not read; and Node 22 tells nothing at all to the response of
 * a pipelined request that waits behind another.
 */
export function onClientLeft(socket: Socket, left: () => void): void {
  const watchers = watchersOf.get(socket)
  if (watchers === undefined) watch(socket, left)
  else watchers.push(left)
}

/** Takes back what `onClientLeft` was asked for. */
export function forgetClient(socket: Socket, left: () => void): void {
  const watchers = watchersOf.get(socket) ?? []
  const at = watchers.indexOf(left)
  if (at !== -1) watchers.splice(at, 1)
}

/**
 * Waits until a response may be written: behind those of the requests that its client had pipelined before it. Until then Node
 * would take no more of it than a buffer's fill, which says nothing about how the client reads. A client that leaves ends the wait.
 */
export function waitForTurn(socket: Socket, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    onClientLeft(socket, resolve)
    response.once('socket', () => {
      forgetClient(socket, resolve)
      resolve()
    })
  })
}

/** Whether it has closed its side, or all of it, already. */
export function hasClientLeft(socket: Socket): boolean {
  return socket.destroyed || socket.readableEnded
}

function watch(socket: Socket, first: () => void): void {
  const watchers = [first]
  const tell = (): void => {
    for (const left of watchers.slice()) left()
  }
  // Each comes once, and `once` would cost every connection another closure.
  socket.on('end', tell).on('close', tell)
  watchersOf.set(socket, watchers)
}
