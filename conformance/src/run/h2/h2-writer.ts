import { resolveSend, type SendStep } from '@stopbit/traces'
import type { UpstreamConnectionRecord } from '../records.ts'
import type { ResponseWriter, SendManner } from '../response-writer.ts'
import type { H2Session } from './h2-session.ts'

/** HTTP/2: a head becomes HEADERS, body bytes DATA, the end END_STREAM, all on the stream of the current request. */
export class H2Writer implements ResponseWriter {
  readonly #session: H2Session
  readonly #record: UpstreamConnectionRecord
  readonly #stream: () => number | undefined

  constructor(session: H2Session, record: UpstreamConnectionRecord, stream: () => number | undefined) {
    this.#session = session
    this.#record = record
    this.#stream = stream
  }

  async send(step: SendStep, { onPart, between, drop }: SendManner): Promise<boolean> {
    const stream = this.#stream()
    if (stream === undefined) return false
    const { payload, parts } = resolveSend(step)
    if (step.as === 'head') {
      const lines = Buffer.from(payload).toString('latin1').trimEnd().split('\r\n')
      return await this.#session.head(stream, lines)
    }
    for (const [index, part] of parts.entries()) {
      if (index > 0) await between()
      onPart(part)
      if (!drop && !(await this.#session.data(stream, part))) return false
      this.#record.playedBytes += part.length
      if (!drop) this.#record.writtenBytes += part.length
    }
    return true
  }

  chunkHeader(): Promise<boolean> {
    return Promise.resolve(false) // HTTP/2 has none, which lint says
  }

  async end(trailers: readonly string[]): Promise<boolean> {
    const stream = this.#stream()
    return stream !== undefined && (await this.#session.end(stream, trailers))
  }
}
