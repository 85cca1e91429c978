import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { onTestFinished } from 'vitest'
import { createUpstreamPool, type UpstreamPool, type UpstreamPoolOptions } from '../src/index.ts'
import type { TlsIdentity } from './certificates.ts'

/** A request as a raw server got it, whole. */
interface RawRequest {
  readonly head: string
  readonly body: string
  /** Counts all requests of the server from 1. */
  readonly count: number
  /** Counts the connections of the server from 1. */
  readonly connection: number
}

type OnRequest = (socket: Socket, request: RawRequest) => unknown

export interface RawUpstream {
  readonly port: number
  /** All that came, in order. */
  readonly requests: RawRequest[]
  /** Connections that are open, and all there ever were. */
  readonly connections: { open: number; all: number; most: number }
  stop(): void
}

/** A raw server, so that an answer can be any bytes. It is closed with the test. */
export async function startUpstream(onRequest: OnRequest, tls?: TlsIdentity): Promise<RawUpstream> {
  const requests: RawRequest[] = []
  const connections = { open: 0, all: 0, most: 0 }
  const sockets = new Set<Socket>()
  const accept = (socket: Socket): void => {
    const connection = ++connections.all
    connections.most = Math.max(connections.most, ++connections.open)
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      connections.open--
      sockets.delete(socket)
    })
    readRequests(socket, (head, body) => {
      const request = { head, body, count: requests.length + 1, connection }
      requests.push(request)
      onRequest(socket, request)
    })
  }
  const server: Server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept)
  if (tls !== undefined) server.on('tlsClientError', () => undefined)
  const port = await listen(server)
  const stop = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(stop)
  return { port, requests, connections, stop }
}

/** Listens on a free port of the loopback interface. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function readRequests(socket: Socket, onRequest: (head: string, body: string) => void): void {
  let text = ''
  socket.on('data', (data) => {
    text += data.toString('latin1')
    for (;;) {
      const headEnd = text.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const head = text.slice(0, headEnd)
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
      const chunked = /^transfer-encoding: chunked/im.test(head)
      const bodyEnd = chunked ? text.indexOf('0\r\n\r\n', headEnd) + 5 : headEnd + 4 + length
      if (text.length < bodyEnd || bodyEnd < headEnd + 4) return
      const body = text.slice(headEnd + 4, bodyEnd)
      text = text.slice(bodyEnd)
      onRequest(head, body)
    }
  })
}

/** A pool that is destroyed with the test. Without a proxy, whatever the environment says. */
export function startPool(url: string, options: Partial<UpstreamPoolOptions> = {}): UpstreamPool {
  const pool = createUpstreamPool({ url: new URL(url), proxy: 'none', ...options })
  onTestFinished(() => pool.destroy())
  return pool
}

/** A raw http server and a pool to it. */
export async function startBoth(
  onRequest: OnRequest,
  options: Partial<UpstreamPoolOptions> = {},
): Promise<{ readonly pool: UpstreamPool; readonly upstream: RawUpstream }> {
  const upstream = await startUpstream(onRequest)
  return { upstream, pool: startPool(`http://127.0.0.1:${upstream.port}`, options) }
}

export const REQUEST = { method: 'POST', path: '/', headers: ['x-a', '1'], body: Buffer.from('{}') }

/** A whole response. */
export function response(body: string | Uint8Array, ...headers: string[]): Buffer {
  const bytes = Buffer.from(body as string)
  const head = ['HTTP/1.1 200 OK', `content-length: ${bytes.byteLength}`, ...headers].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), bytes])
}

export const OK = response('ok')

/** The start of a response that goes on in chunks. */
export function chunkedHead(...headers: string[]): string {
  return ['HTTP/1.1 200 OK', 'transfer-encoding: chunked', ...headers, '', ''].join('\r\n')
}

export function chunk(bytes: string | Uint8Array): Buffer {
  const content = Buffer.from(bytes as string)
  return Buffer.concat([Buffer.from(`${content.byteLength.toString(16)}\r\n`), content, Buffer.from('\r\n')])
}

export const LAST_CHUNK = '0\r\n\r\n'
