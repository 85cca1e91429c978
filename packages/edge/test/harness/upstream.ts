import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'

/** A request that the upstream got, and the connection to answer on. */
export interface UpstreamRequest {
  readonly socket: Socket
  readonly head: string
  readonly body: string
  /** Resolves when the connection is closed, by whom ever. */
  readonly closed: Promise<void>
}

export type Script = (request: UpstreamRequest) => void | Promise<void>

/** A TCP server that answers with raw bytes, by the script that a test has given the request's `?case=`. */
export interface Upstream {
  readonly url: string
  /** Sets the script of the next request with a case of its own. */
  expect(script: Script): { readonly target: string; readonly request: Promise<UpstreamRequest> }
  close(): Promise<void>
}

export async function startUpstream(): Promise<Upstream> {
  const sockets = new Set<Socket>()
  const scripts = new Map<string, Script>()
  let cases = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // resets are what these tests are about
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    void closed.then(() => sockets.delete(socket))
    let received = ''
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1')
      for (let request = takeRequest(received); request !== undefined; request = takeRequest(received)) {
        const { head, body, rest } = request
        received = rest
        const script = scripts.get(/[?&]case=(\w+)/.exec(head)?.[1] ?? '')
        Promise.resolve(script?.({ socket, head, body, closed })).catch(() => socket.destroy())
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    expect(script) {
      const { promise, resolve } = Promise.withResolvers<UpstreamRequest>()
      const name = `c${++cases}`
      scripts.set(name, (request) => {
        resolve(request)
        return script(request)
      })
      return { target: `/v1/messages?case=${name}`, request: promise }
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

export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nrequest-id: req_test\r\ntransfer-encoding: chunked\r\n\r\n'

/** Body bytes as one HTTP chunk. */
export function chunk(bytes: string | Uint8Array): Buffer {
  const body = Buffer.from(bytes)
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')])
}

export const LAST_CHUNK = '0\r\n\r\n'

/** A whole JSON answer. */
export function answerWith(body: string): string {
  const length = Buffer.byteLength(body)
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`
}

const event = (data: { readonly type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
const delta = (text: string): string =>
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } as { type: string })

/** A short, whole Messages stream. */
export const EVENTS: readonly string[] = [
  event({ type: 'message_start', message: { id: 'msg_0', type: 'message', role: 'assistant', content: [] } } as {
    type: string
  }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as { type: string }),
  delta('Grüße '),
  ': a comment of the API\n\n',
  delta('👋'),
  event({ type: 'content_block_stop', index: 0 } as { type: string }),
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } } as { type: string }),
  event({ type: 'message_stop' }),
]
