import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { startTap, type Recording, type Tap } from '../src/index.ts'

/** Answers each connection's requests with what a test does to the socket, once the request's bytes are there. */
export async function startUpstream(answer: (socket: Socket, request: number) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let requests = 0
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('data', () => answer(socket, (requests += 1)))
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A tap before a port, with the recordings that it made. */
export interface TestTap {
  readonly tap: Tap
  readonly recordings: Recording[]
  readonly skipped: string[]
  /** Resolves with the first recording. */
  readonly first: Promise<Recording>
}

export async function tapOf(upstreamPort: number, options: { hostField?: 'upstream' } = {}): Promise<TestTap> {
  const recordings: Recording[] = []
  const skipped: string[] = []
  const { promise, resolve } = Promise.withResolvers<Recording>()
  const tap = await startTap({
    upstream: new URL(`http://127.0.0.1:${upstreamPort}`),
    ...options,
    onRecording: (recording) => {
      recordings.push(recording)
      resolve(recording)
    },
    onSkipped: (why) => skipped.push(why),
  })
  onTestFinished(() => tap.stop())
  return { tap, recordings, skipped, first: promise }
}

/** What a client saw. */
export interface ClientView {
  readonly received: Buffer
  readonly end: 'fin' | 'rst'
}

export const BODY = '{"model":"m","stream":true,"messages":[{"role":"user","content":"SECRET"}]}'

export const REQUEST: string = [
  'POST /v1/messages?beta=true HTTP/1.1',
  'host: 127.0.0.1',
  'x-api-key: SECRET',
  `content-length: ${BODY.length}`,
  '',
  BODY,
].join('\r\n')

/** Sends bytes on a fresh connection and reads until its end. */
export async function ask(port: number, request: string = REQUEST): Promise<ClientView> {
  const parts: Buffer[] = []
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let end: 'fin' | 'rst' = 'fin'
  socket.on('data', (bytes) => parts.push(bytes))
  socket.on('error', () => (end = 'rst'))
  socket.write(request)
  await new Promise((resolve) => socket.once('close', resolve))
  return { received: Buffer.concat(parts), end }
}
