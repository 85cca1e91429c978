import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { readRequestFacts, type RequestFacts } from '@stopbit/sse'

/** A request's body, as it is sent on. */
export interface RequestBody {
  /** The whole body; a stream if it is too large to be kept; `undefined` if there is none. */
  readonly content: Uint8Array | Readable | undefined
  /** What the body says; `{}` if it is too large to be kept. */
  readonly facts: RequestFacts
  /**
   * Reads what is left of the body to nowhere. A client that is still writing does not see its answer before it is done, and
   * its connection is of no more use until then. Closes the connection if it is more than `MAX_DISCARDED_BYTES`.
   */
  discardRest(): Promise<void>
}

/** Above what clients send by mistake, below what is worth reading for an answer. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024

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
  const iterator = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      chunks.push(next.value)
      byteLength += next.value.byteLength
      if (byteLength > maxBytes) return streamed(request, chunks, iterator)
    }
  } catch {
    return 'client-gone'
  }
  const [only] = chunks
  const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, byteLength)
  const content = byteLength === 0 ? undefined : whole
  return { content, facts: readRequestFacts(content), discardRest: () => Promise.resolve() }
}

function streamed(request: IncomingMessage, chunks: readonly Buffer[], rest: AsyncIterator<Buffer>): RequestBody {
  return {
    content: Readable.from(streamOf(chunks, rest)),
    facts: {},
    discardRest: async () => {
      let discarded = 0
      try {
        for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
          discarded += next.value.byteLength
          if (discarded > MAX_DISCARDED_BYTES) return void request.destroy()
        }
      } catch {
        // The client is gone, which the response's `close` tells.
      }
    },
  }
}

async function* streamOf(chunks: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}
