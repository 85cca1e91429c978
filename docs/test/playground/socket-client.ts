import { request, type IncomingMessage } from 'node:http'
import { resolveRequest, type Trace } from '@stopbit/traces'
import { EventNames } from '../../src/playground/play/describe-event.ts'

/** What a real client has of one answer. */
export interface SocketAnswer {
  readonly status: number
  readonly body: string
  readonly end: 'whole' | 'cut'
}

/** A client on a real socket that sends the first request of a trace and reads what comes. */
export class SocketClient {
  eventCount = 0
  #lastByteAt = performance.now()
  readonly #parts: Buffer[] = []
  readonly #names = new EventNames()
  #arrived = Promise.withResolvers<void>()

  async ask(trace: Trace, port: number): Promise<SocketAnswer> {
    const step = trace.client.find((one) => one.do === 'request')
    if (step === undefined) throw new Error(`${trace.id} asks for nothing`)
    const { method, path, headers, body } = resolveRequest(step)
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ port, host: '127.0.0.1', method, path, headers, agent: false }, resolve).once('error', reject).end(body)
    })
    const isStream = /event-stream/.test(response.headers['content-type'] ?? '')
    response.on('data', (bytes: Buffer) => {
      this.#parts.push(bytes)
      if (isStream) this.eventCount += this.#names.feed(bytes).length
      this.#wake()
    })
    const end = await new Promise<'whole' | 'cut'>((resolve) => {
      response.once('end', () => resolve('whole')).once('error', () => resolve('cut'))
    })
    this.eventCount = Infinity // nothing more will come: no barrier waits for it
    this.#wake()
    return { status: response.statusCode ?? 0, body: Buffer.concat(this.#parts).toString(), end }
  }

  /** Resolves when the condition holds; it is looked at whenever something arrives. */
  async has(holds: (client: SocketClient) => boolean): Promise<void> {
    while (!holds(this)) await this.#arrived.promise
  }

  /** Resolves when nothing has arrived for so long. */
  async quiet(ms: number): Promise<void> {
    this.#lastByteAt = performance.now()
    for (let left = ms; left > 0; left = this.#lastByteAt + ms - performance.now())
      await new Promise((resolve) => setTimeout(resolve, left))
  }

  #wake(): void {
    this.#lastByteAt = performance.now()
    this.#arrived.resolve()
    this.#arrived = Promise.withResolvers()
  }
}
