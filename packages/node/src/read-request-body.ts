import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Misuse, RequestBodyKind } from '@stopbit/exchange'
import { readRequestFacts, type RequestFacts } from '@stopbit/sse'

/** A request's body, as it is sent on. */
export interface RequestBody {
  readonly kind: RequestBodyKind
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

/** What a body that is being read tells, and who says how much of it is kept; an `Exchange` takes it as it is. */
export interface UploadEvents {
  requestAwaited(): void
  requestChunk(byteLength: number): 'keep' | 'stream'
}

/** Above what clients send by mistake, below what is worth reading for an answer. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024

/**
 * Reads a request's body until it is whole, or until no more of it may be kept: then the rest is streamed as it comes.
 * Never rejects; a client that leaves or breaks its upload off is an answer.
 */
export async function readRequestBody(
  request: IncomingMessage,
  response: ServerResponse,
  upload: UploadEvents,
): Promise<RequestBody | 'client-gone'> {
  allowUpload(request, response)
  const chunks: Buffer[] = []
  let byteLength = 0
  const iterator = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  try {
    for (let next = await readNext(iterator, upload); next !== undefined; next = await readNext(iterator, upload)) {
      chunks.push(next.chunk)
      byteLength += next.chunk.byteLength
      if (next.verdict === 'stream') return streamed(request, chunks, iterator, upload)
    }
  } catch {
    return 'client-gone'
  }
  const [only] = chunks
  const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, byteLength)
  return bodyOf(byteLength === 0 ? undefined : whole)
}

function bodyOf(content: Uint8Array | undefined): RequestBody {
  const kind = content === undefined ? 'none' : 'kept'
  return { kind, content, facts: readRequestFacts(content), discardRest: () => Promise.resolve() }
}

/**
 * Node says `100 Continue` by itself, unless the application listens for `checkContinue`; one that then forgets to would let a
 * client wait that waits for us. A second one is harmless.
 */
function allowUpload(request: IncomingMessage, response: ServerResponse & { readonly _sent100?: boolean }): void {
  const { expect = '' } = request.headers
  if (/^100-continue$/i.test(expect) && response._sent100 !== true) response.writeContinue()
}

/** Whether somebody has read of the body before us, so that it is not whole any more. */
export function isBodyConsumed(request: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
  const hasBody = coding !== undefined || Number(length) > 0
  return hasBody && (request.readableEnded || request.readableDidRead)
}

/** The body of a request that was read before: what `give` has kept of it. */
export function takeConsumedBody(give: () => unknown, upload: UploadEvents): RequestBody | Misuse {
  let given: unknown
  try {
    given = give()
  } catch {
    return 'body-unusable'
  }
  if (given === undefined) return 'body-consumed'
  if (typeof given !== 'string' && !(given instanceof Uint8Array)) return 'body-unusable'
  const content = typeof given === 'string' ? Buffer.from(given) : given
  if (content.byteLength === 0) return bodyOf(undefined)
  if (upload.requestChunk(content.byteLength) === 'keep') return bodyOf(content)
  return { ...bodyOf(content), kind: 'streamed', facts: {} }
}

/** The next chunk, and what is to become of the body; `undefined` at its end. */
async function readNext(
  iterator: AsyncIterator<Buffer>,
  upload: UploadEvents,
): Promise<{ readonly chunk: Buffer; readonly verdict: 'keep' | 'stream' } | undefined> {
  upload.requestAwaited()
  const { done, value } = await iterator.next()
  if (done === true) {
    upload.requestChunk(0)
    return undefined
  }
  return { chunk: value, verdict: upload.requestChunk(value.byteLength) }
}

function streamed(
  request: IncomingMessage,
  chunks: Buffer[],
  rest: AsyncIterator<Buffer>,
  upload: UploadEvents,
): RequestBody {
  return {
    kind: 'streamed',
    content: Readable.from(streamOf(chunks, rest, upload)),
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

async function* streamOf(chunks: Buffer[], rest: AsyncIterator<Buffer>, upload: UploadEvents): AsyncGenerator<Buffer> {
  // What was sent is not kept: this generator lives as long as the rest takes.
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) yield chunk
  for (let next = await readNext(rest, upload); next !== undefined; next = await readNext(rest, upload)) {
    yield next.chunk
  }
}
