import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A whole request that an upstream of a test got, and the connection to answer on. */
export interface UpstreamRequest {
  readonly socket: Socket
  /** Which request of the upstream this is, from 1. */
  readonly count: number
  readonly head: string
  readonly body: string
  /** Resolves when the connection is closed, by whom ever. */
  readonly closed: Promise<void>
}

/** A TCP server of a test. */
export interface RawUpstream {
  readonly url: string
  /** The requests so far. */
  readonly requests: readonly UpstreamRequest[]
  /** Resolves with the request of that number, from 1. */
  readonly request: (count: number) => Promise<UpstreamRequest>
}

/** A TCP server that somebody has to close. */
export interface OpenUpstream extends RawUpstream {
  readonly close: () => Promise<void>
}

type Script = (request: UpstreamRequest) => void | Promise<void>

/** A TCP server that answers each request with raw bytes. Closed, with all its sockets, when the test is over. */
export async function startRawUpstream(script: Script): Promise<RawUpstream> {
  const { url, requests, request, close } = await listen(script)
  onTestFinished(close)
  return { url, requests, request }
}

/** The same, for as long as the caller likes. */
export async function listen(script: Script): Promise<OpenUpstream> {
  const sockets = new Set<Socket>()
  const requests: UpstreamRequest[] = []
  let arrived = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // resets are what these tests are about
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    void closed.then(() => sockets.delete(socket))
    let received = ''
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1')
      for (let next = takeRequest(received); next !== undefined; next = takeRequest(received)) {
        received = next.rest
        const request = { socket, closed, head: next.head, body: next.body, count: requests.length + 1 }
        requests.push(request)
        arrived.resolve()
        arrived = Promise.withResolvers()
        Promise.resolve(script(request)).catch(() => socket.destroy())
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async request(count) {
      for (;;) {
        const request = requests[count - 1]
        if (request !== undefined) return request
        await arrived.promise
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A whole request at the beginning of the bytes, with a body by length or in chunks. */
function takeRequest(
  received: string,
): { readonly head: string; readonly body: string; readonly rest: string } | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = received.slice(0, headEnd)
  let at = headEnd + 4
  if (!/transfer-encoding: chunked/i.test(head)) {
    const end = at + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    return received.length < end ? undefined : { head, body: received.slice(at, end), rest: received.slice(end) }
  }
  for (let body = ''; ;) {
    const lineEnd = received.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(received.slice(at, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (received.length < next) return undefined
    body += received.slice(lineEnd + 2, lineEnd + 2 + size)
    at = next
    if (size === 0) return { head, body, rest: received.slice(at) }
  }
}

/** A URL that nobody listens at. */
export async function refusedUrl(): Promise<string> {
  const { url, close } = await listen(() => undefined)
  await close()
  return url
}

export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nrequest-id: req_test\r\ncf-ray: ray_1\r\nx-odd: 1, 2\r\ncache-control: no-store\r\ntransfer-encoding: chunked\r\n\r\n'

/** Body bytes as one HTTP chunk. */
export function chunk(bytes: string | Uint8Array): Buffer {
  const body = Buffer.from(bytes)
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')])
}

export const LAST_CHUNK = '0\r\n\r\n'

/** A whole answer with a length. */
export function answerWith(status: string, body: string, type = 'application/json', more = ''): string {
  const length = Buffer.byteLength(body)
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\nrequest-id: req_test\r\n${more}\r\n${body}`
}
