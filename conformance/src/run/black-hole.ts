import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

const HOST = '127.0.0.1'

/** A port where connections are neither made nor refused. */
export interface BlackHole {
  readonly port: number
  /** Whether it still is one: connections of our own, begun before the target's, are still being made. */
  readonly holds: () => boolean
  /** Gives the port back, so that one may listen on it. May be called again. */
  readonly release: () => Promise<void>
}

/** A listener whose thread sleeps once the kernel listens, and wakes when it is told to: nobody accepts in between. */
const LISTEN_AND_SLEEP = `
  const { parentPort, workerData } = require('node:worker_threads')
  const server = require('node:net').createServer((socket) => socket.on('error', () => undefined).destroy())
  server.listen({ port: 0, host: '${HOST}', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(workerData, 0, 0)
    server.close()
  })
`

/** Linux completes one connection more than the backlog, then drops what asks. */
const QUEUED = 2
const DROPPED = 2
/** Loopback connections take less than a millisecond. */
const FILL_MS = 1_000

/** Fills a listener's queue, from which nobody takes. Rejects when no port can be had. */
export async function digBlackHole(): Promise<BlackHole> {
  const wakeUp = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(LISTEN_AND_SLEEP, { eval: true, workerData: wakeUp })
  const [port] = (await once(worker, 'message')) as [number]
  const queued = Array.from({ length: QUEUED }, () => connect(port))
  const full = Promise.all(queued.map((socket) => once(socket, 'connect')))
  await Promise.race([full, sleep(FILL_MS, undefined, { ref: false })]) // a system with a shorter queue is full before
  const dropped = Array.from({ length: DROPPED }, () => connect(port))
  const ended = once(worker, 'exit') // its event loop is empty as soon as its server is closed
  return {
    port,
    holds: () => dropped.every((socket) => socket.connecting),
    release: async () => {
      for (const socket of [...queued, ...dropped]) socket.destroy()
      Atomics.store(wakeUp, 0, 1)
      Atomics.notify(wakeUp, 0)
      await ended
    },
  }
}

function connect(port: number): Socket {
  return createConnection({ host: HOST, port }).on('error', () => undefined)
}
