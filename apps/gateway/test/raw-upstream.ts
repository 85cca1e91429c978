import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** One connection that an upstream of a test got, before its script runs. */
export interface UpstreamConnection {
  readonly socket: Socket
  /** Which connection this is, from 1. */
  readonly count: number
  /** Waits for the next whole request; rejects if the connection closes first. */
  readonly readRequest: () => Promise<{ readonly head: string; readonly body: string }>
}

/** A TCP server of a test. */
export interface RawUpstream {
  readonly url: string
}

/** A TCP server whose script writes raw bytes. Closed, with all its sockets, when the test is over. */
export async function startRawUpstream(
  script: (connection: UpstreamConnection) => Promise<void> | void,
): Promise<RawUpstream> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // resets are what these tests are about
    socket.once('close', () => sockets.delete(socket))
    count++
    Promise.resolve(script({ socket, count, readRequest: requestReader(socket) })).catch(() => socket.destroy())
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** A client on a raw socket, destroyed when the test is over. That it may be reset is the test's to see, not an accident. */
export function connectRaw(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

function requestReader(socket: Socket): UpstreamConnection['readRequest'] {
  let received = ''
  let arrived = Promise.withResolvers<void>()
  const wake = (): void => {
    arrived.resolve()
    arrived = Promise.withResolvers()
  }
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1')
    wake()
  })
  socket.once('close', wake)
  return async () => {
    for (;;) {
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd !== -1) {
        const head = received.slice(0, headEnd)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        const bodyEnd = headEnd + 4 + length
        if (received.length >= bodyEnd) {
          const body = received.slice(headEnd + 4, bodyEnd)
          received = received.slice(bodyEnd)
          return { head, body }
        }
      }
      if (socket.destroyed) throw new Error('The connection closed before a whole request came')
      await arrived.promise
    }
  }
}

export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nrequest-id: req_test\r\ntransfer-encoding: chunked\r\n\r\n'

/** Body bytes as one HTTP chunk. */
export function chunk(bytes: string | Uint8Array): Buffer {
  const body = Buffer.from(bytes)
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')])
}

export const LAST_CHUNK = '0\r\n\r\n'

/** A short, whole Messages stream. */
export const EVENTS: readonly string[] = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'event: ping\ndata: {"type":"ping"}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße "}}\n\n',
  ': a comment of the API\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"👋"}}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
]
