import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { readRequestFacts, type RequestFacts } from '@stopbit/sse'

/** A request's body, as it is sent on. */
export interface RequestBody {
  /** The whole body; a stream if it is too large to be kept; `undefined` if there is none. */
  readonly content: Uint8Array | Readable | undefined
  /** What the body says; `{}` if it is too large to be kept. */
  readonly facts: RequestFacts
}

/**
 * Reads a request's body until it is whole, or until it is larger than `maxBytes`: then the rest is streamed as it comes.
 * Never rejects; a client that leaves or breaks its upload off is an answer.
 */
export async function readRequestBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<RequestBody | 'client-gone'> {
  const chunks: Buffer[] = []
  let byteLength = 0
  const iterator = request[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      chunks.push(next.value)
      byteLength += next.value.byteLength
      if (byteLength > maxBytes) return { content: Readable.from(streamOf(chunks, iterator)), facts: {} }
    }
  } catch {
    return 'client-gone'
  }
  if (byteLength === 0) return { content: undefined, facts: {} }
  const [only] = chunks
  const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, byteLength)
  return { content: whole, facts: readRequestFacts(whole) }
}

async function* streamOf(chunks: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}
