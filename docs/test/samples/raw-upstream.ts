import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A whole request that the API of a test got, and the connection to answer on. */
interface ApiRequest {
  readonly socket: Socket
  readonly head: string
  /** Resolves when the connection is closed, by whom ever. */
  readonly closed: Promise<unknown>
}

/** An API of a test: a TCP server on which the test writes the bytes itself. */
export interface RawUpstream {
  readonly url: string
  readonly port: number
  /** How many requests have come. */
  readonly count: () => number
  /** Resolves with the next request that nobody has taken yet. */
  readonly next: () => Promise<ApiRequest>
}

/** Starts an API that answers nothing by itself. Closed, with all its connections, when the test is over. */
export async function startRawUpstream(port = 0): Promise<RawUpstream> {
  const sockets = new Set<Socket>()
  const requests: ApiRequest[] = []
  let taken = 0
  let arrived = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // resets are what these tests are about
    const closed = once(socket, 'close').catch(() => undefined)
    let received = ''
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1')
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const head = received.slice(0, headEnd)
      const end = headEnd + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (received.length < end) return
      received = received.slice(end)
      requests.push({ socket, head, closed })
      arrived.resolve()
      arrived = Promise.withResolvers()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    count: () => requests.length,
    async next() {
      for (;;) {
        const request = requests[taken]
        if (request !== undefined) {
          taken++
          return request
        }
        await arrived.promise
      }
    },
  }
}

const STREAM_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

/** The head of a stream, and its first bytes. */
export function stream(...events: readonly string[]): string {
  return STREAM_HEAD + chunk(...events)
}

/** Bytes of a body as one HTTP chunk. */
export function chunk(...events: readonly string[]): string {
  const text = events.join('')
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

export const LAST_CHUNK = '0\r\n\r\n'

/** A whole answer in one piece, on a connection that stays. */
export const WHOLE_ANSWER =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{"whole":42}'

const event = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`

/** A short answer of Anthropic's, in the parts that matter here. */
export const EVENTS = {
  start: event('message_start', {
    message: {
      id: 'msg_0',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  }),
  open: event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  text: event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
  half: 'event: content_block_delta\ndata: {"type":"content_block_del',
  end:
    event('content_block_stop', { index: 0 }) +
    event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } }) +
    event('message_stop', {}),
} as const
