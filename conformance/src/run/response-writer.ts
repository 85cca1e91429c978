import { LAST_CHUNK, resolveSend, type ChunkHeaderStep, type SendStep } from '@stopbit/traces'
import type { UpstreamConnectionRecord } from './records.ts'

/** How one send is played. */
export interface SendManner {
  /** Before each write of it, with the body bytes that the write carries. */
  readonly onPart: (body: Uint8Array) => void
  /** Between its writes. */
  readonly between: () => Promise<void>
  /** Counts its bytes as played and writes none: a broken harness, which attestation must notice. */
  readonly drop: boolean
}

/** Puts on the wire what a script says, as the connection's protocol has it. All resolve to false when the connection is gone. */
export interface ResponseWriter {
  readonly send: (step: SendStep, manner: SendManner) => Promise<boolean>
  readonly chunkHeader: (step: ChunkHeaderStep) => Promise<boolean>
  readonly end: (trailers: readonly string[]) => Promise<boolean>
}

const CRLF = new TextEncoder().encode('\r\n')

/** HTTP/1.1: what the trace has is what goes out. */
export class Http1Writer implements ResponseWriter {
  readonly #write: (bytes: Uint8Array) => Promise<boolean>
  readonly #record: UpstreamConnectionRecord
  /** A chunk of which only the header was written by the script: its CRLF is still owed. */
  #chunkIsOpen = false

  constructor(write: (bytes: Uint8Array) => Promise<boolean>, record: UpstreamConnectionRecord) {
    this.#write = write
    this.#record = record
  }

  async send(step: SendStep, { onPart, between, drop }: SendManner): Promise<boolean> {
    const { payload, writes, parts } = resolveSend(step)
    const isBody = step.as === 'chunk' || step.as === 'raw'
    const inStep = parts.length === writes.length
    if (step.as === 'chunk' && !(await this.#closeChunk())) return false
    if (isBody && !inStep) onPart(payload)
    for (const [index, bytes] of writes.entries()) {
      if (index > 0) await between()
      if (isBody && inStep) onPart(parts[index] ?? bytes)
      if (!drop && !(await this.#write(bytes))) return false
      this.#record.playedBytes += bytes.length
    }
    return true
  }

  async chunkHeader({ size, ext }: ChunkHeaderStep): Promise<boolean> {
    if (!(await this.#closeChunk())) return false
    const line = `${typeof size === 'number' ? size.toString(16) : size}${ext === undefined ? '' : `;${ext}`}\r\n`
    this.#chunkIsOpen = size !== 0
    return await this.#play(new TextEncoder().encode(line))
  }

  async end(trailers: readonly string[]): Promise<boolean> {
    if (!(await this.#closeChunk())) return false
    if (trailers.length === 0) return await this.#play(LAST_CHUNK)
    return await this.#play(new TextEncoder().encode(`0\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`))
  }

  async #closeChunk(): Promise<boolean> {
    if (!this.#chunkIsOpen) return true
    this.#chunkIsOpen = false
    return await this.#play(CRLF)
  }

  async #play(bytes: Uint8Array): Promise<boolean> {
    if (!(await this.#write(bytes))) return false
    this.#record.playedBytes += bytes.length
    return true
  }
}
