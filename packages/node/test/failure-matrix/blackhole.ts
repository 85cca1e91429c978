import { once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { FailingUpstream } from './row.ts'

/** A listener that never accepts: its thread sleeps for good once the kernel listens. */
const LISTEN_AND_SLEEP = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
`

/** Linux completes one connection more than the backlog, then drops what asks: it neither makes nor refuses it. */
const QUEUED = 2
const DROPPED = 2

/**
 * A port where a connection is neither made nor refused, because its queue is full and nobody takes from it. Attested by
 * connections of our own, begun before the one of the case: at its end they are still being made.
 */
export async function startBlackhole(): Promise<FailingUpstream> {
  const worker = new Worker(LISTEN_AND_SLEEP, { eval: true })
  const [port] = (await once(worker, 'message')) as [number]
  const fill = Array.from({ length: QUEUED }, () => connect(port, '127.0.0.1'))
  await Promise.all(fill.map((socket) => once(socket, 'connect')))
  const dropped = Array.from({ length: DROPPED }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    fired: () => (dropped.every((socket) => socket.connecting) ? 1 : 0),
    requests: () => 0,
    attested: 'once',
    close: async () => {
      for (const socket of [...fill, ...dropped]) socket.destroy()
      await worker.terminate()
    },
  }
}
