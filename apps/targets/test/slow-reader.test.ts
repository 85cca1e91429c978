import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ADAPTERS, startAdapter } from './clients/adapters.ts'

const MIB = 1024 * 1024
const OFFERED_BYTES = 240 * MIB
/** What is read before, so that the process has the size of one that works. */
const WARM_UP_BYTES = 24 * MIB
/** What the system's socket buffers take on both sides, with room to spare. */
const BUFFERED_BYTES = 40 * MIB
const ALLOWED_GROWTH_BYTES = 16 * MIB
/** Nobody tells that no more will be taken: so long without a `drain` has to do. */
const STUCK_MS = 1_000

const DELTA =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n'
const OPENING =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0"}}\n\n' +
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n'
const PIECE = chunk(DELTA.repeat(500))
const BODY = '{"model":"claude","stream":true,"messages":[]}'

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

/** Offers so much of a stream that never ends, for as long as it is taken. Resolves with what was. */
async function offer(socket: Socket, bytes: number): Promise<number> {
  socket.write(HEAD + chunk(OPENING))
  while (socket.bytesWritten < bytes) {
    if (socket.write(PIECE)) continue
    const drained = await once(socket, 'drain', { signal: AbortSignal.timeout(STUCK_MS) }).catch(() => undefined)
    if (drained === undefined) break
  }
  return socket.bytesWritten - socket.writableLength
}

/** An upstream that offers the first request the warm-up, and the next one all. */
async function startUpstream(): Promise<{ readonly url: string; readonly taken: Promise<number> }> {
  const taken = Promise.withResolvers<number>()
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.once('data', () => {
      if (++count > 1) void offer(socket, OFFERED_BYTES).then(taken.resolve)
      else void offer(socket, WARM_UP_BYTES).then(() => socket.destroy())
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken: taken.promise }
}

function ask(url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
  )
  return socket
}

/** Resident bytes of a process and of all that it has started. */
function residentBytes(pid: number): number {
  const [, kibibytes = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  const below = children === '' ? [] : children.split(' ').map(Number)
  return Number(kibibytes) * 1024 + below.reduce((sum, child) => sum + residentBytes(child), 0)
}

test.each(ADAPTERS)(
  '%s: 240 MB for a client that reads nothing grow it by less than 16 MiB',
  { timeout: 30_000 },
  async (name) => {
    const upstream = await startUpstream()
    const { url, pid, stop } = await startAdapter(name, upstream.url)
    onTestFinished(stop)
    if (pid === undefined) expect.unreachable('an adapter is a process')
    const reader = ask(url)
    let read = 0
    reader.on('data', (bytes: Buffer) => (read += bytes.length))
    await once(reader, 'close')
    expect(read).toBeGreaterThan(WARM_UP_BYTES / 2)

    const before = residentBytes(pid)
    ask(url).pause()
    const taken = await upstream.taken
    const growth = residentBytes(pid) - before
    expect(taken).toBeGreaterThan(PIECE.length)
    expect(taken).toBeLessThan(BUFFERED_BYTES)
    expect(growth).toBeLessThan(ALLOWED_GROWTH_BYTES)
  },
)
