import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Refusal } from '@stopbit/server-presets'
import { detectDialect } from '@stopbit/sse'

/** What the operator learns of a request that was refused before it became an exchange: nothing that the client has written. */
export interface RefusedRequest {
  readonly status: number
  /** `token`, `origin` or `host` for what the guard refuses; for what is no HTTP, or comes too slowly, the code of Node's error. */
  readonly reason: string
}

const REASONS: Readonly<Record<Refusal['status'], string>> = { 401: 'token', 403: 'origin', 421: 'host' }

/** Answers a request that the guard does not let in, in the form of the API that it asks for. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): RefusedRequest {
  const dialect = detectDialect(request.method ?? 'GET', request.url ?? '/')
  const { status, headers, body } = dialect.errorResponse({ refusal }, `req_stopbit_${crypto.randomUUID()}`)
  response.shouldKeepAlive = false
  response.writeHead(status, [...headers, 'content-length', String(Buffer.byteLength(body))])
  response.end(body)
  return { status, reason: REASONS[refusal.status] }
}

/** As Node answers them without a listener for `clientError`. */
const STATUS_LINES: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}

const LEFT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE'])

/** Answers what clients send that is no HTTP. */
export class BrokenRequests {
  /** Responses whose exchange is not over, by the connection that they are written to. */
  readonly #open = new WeakMap<Duplex, Set<ServerResponse>>()

  /** A request has come whole enough to be handled. */
  handled(request: IncomingMessage, response: ServerResponse): void {
    const responses = this.#open.get(request.socket) ?? new Set()
    this.#open.set(request.socket, responses.add(response))
    response.once('close', () => {
      // What breaks in the rest of an upload belongs to a request that was answered.
      if (request.complete) responses.delete(response)
    })
  }

  /**
   * For the event `clientError`: answers plainly, unless a response has begun on the connection, and closes it.
   *
   * @returns `undefined` if there was nothing to refuse: the client has only left.
   */
  refuse(error: NodeJS.ErrnoException, socket: Duplex): RefusedRequest | undefined {
    const { code = 'unknown' } = error
    const line = STATUS_LINES[code] ?? '400 Bad Request'
    const open = [...(this.#open.get(socket) ?? [])]
    // One that closes its side in the middle of its upload leaves an exchange, which tells of it.
    const hasLeft = LEFT.has(code) || !socket.writable || (code === 'HPE_INVALID_EOF_STATE' && open.length > 0)
    const hasBegun = open.some(({ headersSent }) => headersSent)
    if (!hasLeft && !hasBegun) socket.write(`HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
    socket.destroy()
    return hasLeft ? undefined : { status: Number.parseInt(line, 10), reason: code }
  }
}
