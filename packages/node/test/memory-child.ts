import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHandler } from '@stopbit/node'

// The proxy of `memory.test.ts`, in a process of its own: tells its port, and on every message its memory.
const [, , upstream = '', maxReplayBytes = ''] = process.argv
const handler = createHandler({
  upstream: { url: new URL(upstream) },
  exchange: { maxReplayBytes: Number(maxReplayBytes) },
})
const server = createServer((request, response) => void handler(request, response)).listen(0, '127.0.0.1')
await once(server, 'listening')
process.on('message', () => {
  globalThis.gc?.()
  process.send?.(process.memoryUsage())
})
process.send?.((server.address() as AddressInfo).port)
