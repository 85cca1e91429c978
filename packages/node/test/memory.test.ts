import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { connectRaw, json, startRawUpstream, type Peer } from './sockets.ts'

const MIB = 1024 * 1024
const OFFERED_BYTES = 240 * MIB
const ALLOWED_GROWTH_BYTES = 16 * MIB

/** Offers bytes to a peer for as long as it takes them. Resolves with what it took, when it has taken nothing for a while. */
async function offer(socket: Socket): Promise<number> {
  const bytes = Buffer.alloc(MIB, 0x78)
  for (let offered = 0; offered < OFFERED_BYTES; offered += bytes.length) {
    if (socket.write(bytes)) continue
    const stuck = AbortSignal.timeout(1_000)
    const drained = await once(socket, 'drain', { signal: stuck }).catch(() => undefined)
    if (drained === undefined) break
  }
  return socket.bytesWritten - socket.writableLength
}

function isWarmUp(head: string): boolean {
  return head.startsWith('POST /warm-up ')
}

/** A proxy in a process of its own, after its first requests: those load and compile what none has needed before. */
async function startProxy(
  upstream: URL,
  maxReplayBytes = MIB,
): Promise<{ client: Peer; memory: () => Promise<NodeJS.MemoryUsage> }> {
  const file = fileURLToPath(new URL('memory-child.ts', import.meta.url))
  const child: ChildProcess = fork(file, [upstream.href, String(maxReplayBytes)], {
    execArgv: ['--conditions=@stopbit/source', '--expose-gc'],
  })
  onTestFinished(() => void child.kill())
  const [port] = (await once(child, 'message')) as [number]
  const memory = async (): Promise<NodeJS.MemoryUsage> => {
    child.send('memory')
    return ((await once(child, 'message')) as [NodeJS.MemoryUsage])[0]
  }
  for (let i = 0; i < 20; i++)
    await (await fetch(`http://127.0.0.1:${port}/warm-up`, { method: 'POST', body: '{}' })).text()
  return { client: await connectRaw(port), memory }
}

test('240 MB offered to a client that reads nothing grow the process by less than 16 MiB', async () => {
  const offered = Promise.withResolvers<number>()
  const url = await startRawUpstream(async ({ socket, until }) => {
    if (isWarmUp(await until(/\r\n\r\n/))) return void socket.end(json(200))
    socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${OFFERED_BYTES}\r\n\r\n`)
    offered.resolve(offer(socket))
  })
  const { client, memory } = await startProxy(url)
  const { rss } = await memory()
  client.socket.pause()
  client.socket.write('GET /v1/files/f/content HTTP/1.1\r\nhost: localhost\r\n\r\n')
  expect(await offered.promise).toBeLessThan(OFFERED_BYTES / 4)
  expect((await memory()).rss - rss).toBeLessThan(ALLOWED_GROWTH_BYTES)
})

test('240 MB uploaded to an upstream that reads nothing grow the process by less than 16 MiB', async () => {
  const url = await startRawUpstream(async ({ socket, until }) => {
    if (isWarmUp(await until(/\r\n\r\n/))) return void socket.end(json(200))
    socket.pause()
  })
  const { client, memory } = await startProxy(url)
  const { rss } = await memory()
  client.socket.write(
    `POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${OFFERED_BYTES}\r\nexpect: 100-continue\r\n\r\n`,
  )
  await client.until(/100 Continue/)
  expect(await offer(client.socket)).toBeLessThan(OFFERED_BYTES / 4)
  expect((await memory()).rss - rss).toBeLessThan(ALLOWED_GROWTH_BYTES)
})

test('what was kept of a large upload is let go as it is sent, not when the rest is through', async () => {
  const taken = Promise.withResolvers<void>()
  const url = await startRawUpstream(async ({ socket, until }) => {
    if (isWarmUp(await until(/\r\n\r\n/))) return void socket.end(json(200))
    socket.removeAllListeners('data')
    socket.on('data', () => {
      if (socket.bytesRead < 64 * MIB) return
      socket.pause()
      taken.resolve()
    })
  })
  const { client, memory } = await startProxy(url, 32 * MIB)
  const { arrayBuffers } = await memory()
  client.socket.write(`POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${OFFERED_BYTES}\r\n\r\n`)
  void offer(client.socket)
  await taken.promise
  // All stands still now: what is held stays, and what is not is free after a collection or two.
  const growth = async (): Promise<number> => (await memory()).arrayBuffers - arrayBuffers
  await expect.poll(growth, { timeout: 3_000 }).toBeLessThan(ALLOWED_GROWTH_BYTES)
})
