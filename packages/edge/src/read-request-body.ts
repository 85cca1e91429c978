import { readUpload, type Misuse, type RequestBodyKind, type UploadEvents } from '@stopbit/exchange'
import { readRequestFacts, type RequestFacts } from '@stopbit/sse'

/** A request's body, as it is sent on. */
export interface RequestBody {
  readonly kind: RequestBodyKind
  /** The whole body; a stream if it is too large to be kept; `undefined` if there is none. */
  readonly content: Uint8Array | ReadableStream<Uint8Array> | undefined
  /** What the body says; `{}` if it is too large to be kept. */
  readonly facts: RequestFacts
  /**
   * Nobody wants what is left of the body: it is read to nowhere, as far as the platform lets us. A client that is still writing does
   * not see its answer before it is done, and a platform that is left with an unread upload may reset its connection.
   */
  discardRest(): void
}

/** Above what clients send by mistake, below what is worth reading for an answer. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024

type ReadNext = () => ReturnType<typeof readUpload>

/**
 * Reads a request's body until it is whole, or until no more of it may be kept: then the rest is streamed as it comes.
 * A client that leaves or breaks its upload off is an answer, and so is an application whose body is not of bytes.
 *
 * @param clientGone called when it does so later, in a body that is streamed.
 */
export async function readRequestBody(
  request: Request,
  upload: UploadEvents,
  clientGone: () => void,
): Promise<RequestBody | Misuse | 'client-gone'> {
  if (request.bodyUsed || request.body?.locked === true) return 'body-consumed'
  if (request.body === null) return bodyOf(undefined)
  const reader = request.body.getReader()
  const readNext: ReadNext = () => readUpload(() => reader.read(), upload)
  const discardRest = (): void => void discard(reader).catch(() => undefined)
  const chunks: Uint8Array[] = []
  let byteLength = 0
  try {
    for (let next = await readNext(); next !== undefined; next = await readNext()) {
      if (next === 'not-bytes') {
        discardRest()
        return 'body-unusable'
      }
      chunks.push(next.chunk)
      byteLength += next.chunk.byteLength
      if (next.verdict !== 'stream') continue
      return { kind: 'streamed', content: streamOf(chunks, readNext, clientGone), facts: {}, discardRest }
    }
  } catch {
    return 'client-gone'
  }
  return bodyOf(byteLength === 0 ? undefined : concat(chunks, byteLength))
}

async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let discarded = 0
  while (discarded <= MAX_DISCARDED_BYTES) {
    const { done, value } = await reader.read()
    if (done) return
    discarded += value.byteLength
  }
  await reader.cancel()
}

function bodyOf(content: Uint8Array | undefined): RequestBody {
  const kind = content === undefined ? 'none' : 'kept'
  return { kind, content, facts: readRequestFacts(content), discardRest: () => undefined }
}

function streamOf(chunks: Uint8Array[], readNext: ReadNext, clientGone: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // What was sent is not kept: this stream lives as long as the rest takes.
        const kept = chunks.shift()
        if (kept !== undefined) return controller.enqueue(kept)
        try {
          const next = await readNext()
          if (next === undefined) controller.close()
          else if (next === 'not-bytes') controller.error(new TypeError('The request yields something else than bytes'))
          else controller.enqueue(next.chunk)
        } catch (error) {
          clientGone() // before its going looks like a failure of the upstream
          controller.error(error)
        }
      },
    },
    { highWaterMark: 0 },
  )
}

function concat(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(byteLength)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
