import { connect, type Socket } from 'node:net'
import type { Recipe } from './recipe.ts'

type Dialect = Recipe['dialect']

const PATHS: { readonly [dialect in Dialect]: string } = {
  'anthropic-messages': '/v1/messages',
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  gemini: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
}

/** A client on one connection, that waits for bytes and for the end, and for nothing else. */
export class RecordingClient {
  readonly #socket: Socket
  readonly #dialect: Dialect
  readonly #waiting = new Set<() => void>()
  #received = ''
  #closed = false

  constructor(port: number, dialect: Dialect) {
    this.#dialect = dialect
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.on('data', (bytes) => this.#changed(() => (this.#received += bytes.toString('latin1'))))
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.#changed(() => (this.#closed = true)))
  }

  /** Asks for a stream, `withTools` or without; what was received before is forgotten. */
  ask(withTools: boolean = false): void {
    const body = JSON.stringify({ model: 'scripted', stream: true, ...(withTools && { tools: [] }) })
    const head = [
      `POST ${PATHS[this.#dialect]} HTTP/1.1`,
      'host: 127.0.0.1',
      'content-type: application/json',
      `content-length: ${body.length}`,
    ]
    this.#received = ''
    this.#socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  }

  /** Resolves when the bytes received since `ask` hold `text` so many times. Rejects if the connection closes first. */
  async has(text: string, times: number = 1): Promise<void> {
    const wanted = Buffer.from(text).toString('latin1')
    const isThere = (): boolean => this.#received.split(wanted).length > times
    await this.#until(() => isThere() || this.#closed)
    if (!isThere()) throw new Error(`the connection closed before ${JSON.stringify(text)} came`)
  }

  /** Resolves when the connection is closed, whichever way. */
  async closed(): Promise<void> {
    await this.#until(() => this.#closed)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #changed(change: () => void): void {
    change()
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
