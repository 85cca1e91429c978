import type { Duplex } from 'node:stream'
import type { Connection } from './connections.ts'

/** What a `clientError` of Node means. `tls`: a handshake failed. `client-gone`: there is nobody to answer. */
export type ClientErrorKind = 'malformed' | 'too-slow' | 'headers-too-large' | 'tls' | 'client-gone'

interface Answer {
  readonly kind: ClientErrorKind
  readonly status: 400 | 408 | 431
  readonly line: string
}

/** As Node answers them without a listener for `clientError`. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { kind: 'too-slow', status: 408, line: '408 Request Timeout' },
  HPE_HEADER_OVERFLOW: { kind: 'headers-too-large', status: 431, line: '431 Request Header Fields Too Large' },
}
const MALFORMED: Answer = { kind: 'malformed', status: 400, line: '400 Bad Request' }

const LEFT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE'])

/** What became of a `clientError`. */
export interface AnsweredClientError {
  readonly kind: ClientErrorKind
  readonly code: string
  readonly status: Answer['status'] | undefined
}

/** Answers plainly, unless a response has begun on the connection, which an answer would corrupt; then closes it. */
export function answerClientError(
  { code = 'unknown' }: NodeJS.ErrnoException,
  socket: Duplex,
  connection: Connection | undefined,
): AnsweredClientError {
  const { kind, status, line } = ANSWERS[code] ?? MALFORMED
  const responses = connection?.state.phase === 'busy' ? connection.state.responses : []
  // One that closes its side in the middle of its upload leaves an exchange, which tells of it.
  const hasLeft = LEFT.has(code) || !socket.writable || (code === 'HPE_INVALID_EOF_STATE' && responses.length > 0)
  const hasBegun = responses.some(({ headersSent }) => headersSent)
  if (!hasLeft && !hasBegun) socket.write(`HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  socket.destroy()
  return hasLeft ? { kind: 'client-gone', code, status: undefined } : { kind, code, status }
}
