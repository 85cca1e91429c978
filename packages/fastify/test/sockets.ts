import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** One end of a connection, as text. */
export interface Peer {
  readonly socket: Socket
  /** Waits until what came matches; rejects if no more is to come. */
  readonly until: (pattern: RegExp) => Promise<string>
}

function peerOn(socket: Socket): Peer {
  let text = ''
  let isOver = false
  let arrived = Promise.withResolvers<void>()
  const wake = (): void => {
    arrived.resolve()
    arrived = Promise.withResolvers()
  }
  const end = (): void => {
    isOver = true
    wake()
  }
  socket.on('error', () => undefined) // resets are what these tests are about
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1')
    wake()
  })
  socket.once('end', end)
  socket.once('close', end)
  return {
    socket,
    async until(pattern) {
      while (!pattern.test(text)) {
        if (isOver) throw new Error(`The connection closed before ${String(pattern)}, after ${text}`)
        await arrived.promise
      }
      return text
    },
  }
}

/** A client on a raw socket. */
export async function connectRaw(port: number): Promise<Peer> {
  const peer = peerOn(connect(port, '127.0.0.1'))
  onTestFinished(() => void peer.socket.destroy())
  await once(peer.socket, 'connect')
  return peer
}

/** A TCP server whose script writes raw bytes. */
export async function startRawUpstream(script: (peer: Peer) => Promise<void> | void): Promise<URL> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    Promise.resolve(script(peerOn(socket))).catch(() => socket.destroy())
  }).listen(0, '127.0.0.1')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_test\r\ntransfer-encoding: chunked\r\n\r\n'

/** Body bytes as one HTTP chunk. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

const event = (name: string, rest: object): string =>
  `event: ${name}\ndata: ${JSON.stringify({ type: name, ...rest })}\n\n`

/** The beginning of a Messages stream, to its first text. */
export const OPENING: string =
  event('message_start', {
    message: { id: 'msg_0', type: 'message', role: 'assistant', content: [], model: 'claude', usage: {} },
  }) +
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello' } })

/** Its end. */
export const ENDING: string =
  event('content_block_stop', { index: 0 }) +
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } }) +
  event('message_stop', {})

/** A Messages stream as it goes over the wire. */
export const STREAM: string = `${STREAM_HEAD}${chunk(OPENING + ENDING)}0\r\n\r\n`
