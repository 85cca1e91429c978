import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A client on a raw socket. */
export interface RawClient {
  /** Its `x-client-request-id`, by which its record is known. */
  readonly id: string
  readonly socket: Socket
  /** All that came so far. */
  received(): string
  /** Resolves when what came `includes` this. */
  until(text: string): Promise<void>
  /** Resolves when the connection is over, with what came, and how it ended. */
  readonly over: Promise<{ readonly received: string; readonly how: 'end' | 'reset' }>
}

/** Has a request answered by another handler of the test app than the usual one. */
export function handledBy(handler: string): { readonly headers: { readonly 'x-test-handler': string } } {
  return { headers: { 'x-test-handler': handler } }
}

/** Sends one request; the socket is destroyed when the test is over. */
export function ask(
  port: number,
  target: string,
  {
    method = 'POST',
    headers = {},
    body = '{"stream":true}',
    version = '1.1',
  }: {
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly version?: '1.0' | '1.1'
  } = {},
): RawClient {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let received = ''
  let arrived = Promise.withResolvers<void>()
  let how: 'end' | 'reset' = 'end'
  const wake = (): void => {
    arrived.resolve()
    arrived = Promise.withResolvers()
  }
  const over = Promise.withResolvers<{ readonly received: string; readonly how: 'end' | 'reset' }>()
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1')
    wake()
  })
  socket.on('error', () => (how = 'reset'))
  socket.once('close', () => {
    wake()
    over.resolve({ received, how })
  })
  const id = randomUUID()
  const length = String(Buffer.byteLength(body))
  // A platform that codes streams by itself would show here.
  const codings = { 'accept-encoding': 'gzip, br' }
  const fields = {
    host: 'test',
    connection: 'close',
    'content-length': length,
    'x-client-request-id': id,
    ...codings,
    ...headers,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`${method} ${target} HTTP/${version}\r\n${lines.join('')}\r\n${body}`)
  return {
    id,
    socket,
    received: () => received,
    until: async (text) => {
      while (!received.includes(text)) {
        if (socket.destroyed) throw new Error(`The connection closed; it said: ${received}`)
        await arrived.promise
      }
    },
    over: over.promise,
  }
}

/** The body of a response, by its length or in chunks, and whether its framing is complete. */
export function readBody(received: string): { readonly text: string; readonly isWhole: boolean } {
  const headEnd = received.indexOf('\r\n\r\n')
  const head = received.slice(0, headEnd)
  const rest = received.slice(headEnd + 4)
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  const { body, isWhole } =
    length === undefined ? readChunks(rest) : { body: rest, isWhole: rest.length === Number(length) }
  return { text: Buffer.from(body, 'latin1').toString(), isWhole }
}

function readChunks(received: string): { readonly body: string; readonly isWhole: boolean } {
  let body = ''
  for (let at = 0; ;) {
    const lineEnd = received.indexOf('\r\n', at)
    const size = Number.parseInt(received.slice(at, lineEnd), 16)
    const end = lineEnd + 2 + size
    if (lineEnd === -1 || received.length < end + 2) return { body, isWhole: false }
    if (size === 0) return { body, isWhole: true }
    body += received.slice(lineEnd + 2, end)
    at = end + 2
  }
}
