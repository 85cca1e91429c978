import { connect } from 'node:net'

/** A response as it came over the socket. */
export interface RawResponse {
  readonly status: number
  /** Status line and header fields, as text. */
  readonly head: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** Whether the framing says that the body is whole, or the connection just closed. */
  readonly framing: 'complete' | 'cut'
}

/** A request of the matrix. */
export interface RawRequest {
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly body: string
  /** Called once, with the first byte of a body. */
  readonly onBody?: () => void
}

/** Sends a Messages request over a socket of its own, and reads the response to its end, by its framing alone. */
export function ask({ port, method, body, onBody }: RawRequest): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = Buffer.alloc(0)
    const finish = (closed: boolean): void => {
      const response = parse(received, closed)
      if (response === 'partial') return
      socket.destroy()
      if (response === 'nothing') reject(new Error('The connection closed without a response'))
      else resolve(response)
    }
    socket.on('data', (data) => {
      received = Buffer.concat([received, data])
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd !== -1 && received.length > headEnd + 4) onBody?.()
      finish(false)
    })
    socket.once('error', reject)
    socket.once('close', () => finish(true))
    const content = method === 'POST' ? body : ''
    socket.write(
      [
        `${method} /v1/messages HTTP/1.1`,
        'host: localhost',
        'x-api-key: sk-canary',
        ...(method === 'POST'
          ? ['content-type: application/json', `content-length: ${Buffer.byteLength(content)}`]
          : []),
        '',
        content,
      ].join('\r\n'),
    )
  })
}

function parse(bytes: Buffer, closed: boolean): RawResponse | 'partial' | 'nothing' {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return closed ? 'nothing' : 'partial'
  const head = bytes.subarray(0, headEnd).toString('latin1')
  const [statusLine = '', ...fields] = head.split('\r\n')
  const headers = new Map(fields.map((field) => [nameOf(field), field.slice(field.indexOf(':') + 1).trim()]))
  const rest = bytes.subarray(headEnd + 4)
  const { body, isWhole } =
    headers.get('transfer-encoding') === 'chunked'
      ? unchunk(rest)
      : measured(rest, headers.get('content-length'), closed)
  if (!isWhole && !closed) return 'partial'
  return { status: Number(statusLine.split(' ')[1]), head, headers, body, framing: isWhole ? 'complete' : 'cut' }
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':')).toLowerCase()
}

function measured(bytes: Buffer, length: string | undefined, closed: boolean): { body: Buffer; isWhole: boolean } {
  if (length === undefined) return { body: bytes, isWhole: closed }
  return { body: bytes.subarray(0, Number(length)), isWhole: bytes.length >= Number(length) }
}

function unchunk(bytes: Buffer): { body: Buffer; isWhole: boolean } {
  const chunks: Buffer[] = []
  for (let at = 0; ;) {
    const sizeEnd = bytes.indexOf('\r\n', at)
    const size = sizeEnd === -1 ? Number.NaN : Number.parseInt(bytes.subarray(at, sizeEnd).toString(), 16)
    if (Number.isNaN(size)) return { body: Buffer.concat(chunks), isWhole: false }
    const start = sizeEnd + 2
    if (size === 0) return { body: Buffer.concat(chunks), isWhole: bytes.length >= start + 2 }
    chunks.push(bytes.subarray(start, start + size))
    at = start + size + 2
    if (at > bytes.length) return { body: Buffer.concat(chunks), isWhole: false }
  }
}
