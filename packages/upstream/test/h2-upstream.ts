import { createServer } from 'node:tls'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { TlsIdentity } from './certificates.ts'
import { listen } from './http-upstream.ts'

/** Frame types and error codes of RFC 9113. */
const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, goaway: 7 } as const
export const H2_ERROR = { none: 0, internal: 2, refused: 7, cancel: 8 } as const

/** One request on a server that writes frames by hand, so that it can break any rule. */
export interface H2Request {
  readonly stream: number
  /** Counts the streams of the server, and its connections, from 1. */
  readonly count: number
  readonly connection: number
  readonly socket: Socket
  /** A head with `:status 200`, or with 103. */
  head(status?: 200 | 103): void
  data(bytes: string | Uint8Array, end?: 'end'): void
  reset(code: number): void
  goaway(lastStream: number, code: number): void
}

/** A server that speaks HTTP/2 only. It counts; it is closed with the test. */
export async function startH2Upstream(
  tls: TlsIdentity,
  onRequest: (request: H2Request) => unknown,
): Promise<{ readonly port: number; readonly counts: { streams: number; connections: number } }> {
  const counts = { streams: 0, connections: 0 }
  const sockets = new Set<Socket>()
  const server = createServer({ ...tls, ALPNProtocols: ['h2'] }, (socket) => {
    const connection = ++counts.connections
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.write(frame(FRAME.settings, 0, 0))
    readFrames(socket, (type, flags, stream) => {
      const acknowledged = (flags & 1) !== 0
      if (type === FRAME.settings && !acknowledged) socket.write(frame(FRAME.settings, 1, 0))
      const requestEnds = (type === FRAME.data || type === FRAME.headers) && (flags & 1) !== 0
      if (requestEnds) onRequest(requestOn(socket, stream, ++counts.streams, connection))
    })
  })
  server.on('tlsClientError', () => undefined)
  const port = await listen(server)
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port, counts }
}

function requestOn(socket: Socket, stream: number, count: number, connection: number): H2Request {
  return {
    socket,
    stream,
    count,
    connection,
    head: (status = 200) => {
      // HPACK: 200 is in the static table; 103 is a literal for the name `:status` of entry 8.
      const block = status === 200 ? Buffer.from([0x88]) : Buffer.from([0x08, 3, 0x31, 0x30, 0x33])
      socket.write(frame(FRAME.headers, 4, stream, block))
    },
    data: (bytes, end) =>
      void socket.write(frame(FRAME.data, end === 'end' ? 1 : 0, stream, Buffer.from(bytes as string))),
    reset: (code) => void socket.write(frame(FRAME.reset, 0, stream, uint32(code))),
    goaway: (last, code) => void socket.write(frame(FRAME.goaway, 0, 0, Buffer.concat([uint32(last), uint32(code)]))),
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.byteLength, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const PREFACE_BYTES = 24

function readFrames(socket: Socket, onFrame: (type: number, flags: number, stream: number) => void): void {
  let bytes = Buffer.alloc(0)
  let prefaceLeft = PREFACE_BYTES
  socket.on('data', (data) => {
    bytes = Buffer.concat([bytes, data])
    if (bytes.byteLength < prefaceLeft) return
    bytes = bytes.subarray(prefaceLeft)
    prefaceLeft = 0
    while (bytes.byteLength >= 9) {
      const end = 9 + bytes.readUIntBE(0, 3)
      if (bytes.byteLength < end) return
      const [type, flags, stream] = [bytes[3] ?? 0, bytes[4] ?? 0, bytes.readUInt32BE(5)]
      bytes = bytes.subarray(end)
      onFrame(type, flags, stream)
    }
  })
}
