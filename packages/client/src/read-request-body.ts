import { readUpload, type RequestBodyKind, type UploadChunk, type UploadEvents } from '@stopbit/exchange'
import { readRequestFacts, type RequestFacts } from '@stopbit/sse'
import type { Call } from './read-call.ts'

/** A request's body, as it is sent on. */
export interface RequestBody {
  readonly kind: RequestBodyKind
  readonly content: Uint8Array | ReadableStream<Uint8Array> | undefined
  /** What the body says; `{}` if it is not kept. */
  readonly facts: RequestFacts
  /** Nobody wants what is left of the body. */
  discardRest(): void
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

/**
 * Reads a request's body until it is whole, or until no more of it may be kept: then the rest is streamed as it comes. Rejects
 * with what the caller's stream failed with.
 *
 * @param broken called if it fails later, in a body that is streamed.
 */
export async function readRequestBody(
  { request, body }: Call,
  upload: UploadEvents,
  broken: (error: unknown) => void,
): Promise<RequestBody> {
  if (body === 'none') return bodyOf(undefined, 'keep')
  if (body === 'whole' || request.body === null) {
    const bytes = new Uint8Array(await request.arrayBuffer())
    return bodyOf(bytes, upload.requestChunk(bytes.byteLength))
  }
  const reader: Reader = request.body.getReader()
  if (body === 'stream') return streamed([], reader, upload, broken)
  const chunks: Uint8Array[] = []
  for (let next = await readNext(reader, upload); next !== undefined; next = await readNext(reader, upload)) {
    chunks.push(next.chunk)
    if (next.verdict === 'stream') return streamed(chunks, reader, upload, broken)
  }
  return bodyOf(new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer()), 'keep')
}

/** A body that is in memory. One that may not be kept is sent whole all the same, but once. */
function bodyOf(bytes: Uint8Array | undefined, verdict: 'keep' | 'stream'): RequestBody {
  const discardRest = (): void => undefined
  if (bytes === undefined || bytes.byteLength === 0) return { kind: 'none', content: undefined, facts: {}, discardRest }
  if (verdict === 'stream') return { kind: 'streamed', content: bytes, facts: {}, discardRest }
  return { kind: 'kept', content: bytes, facts: readRequestFacts(bytes), discardRest }
}

/** The next chunk, and what is to become of the body; `undefined` at its end. What is no bytes, no `fetch` takes. */
async function readNext(reader: Reader, upload: UploadEvents): Promise<UploadChunk | undefined> {
  const next = await readUpload(() => reader.read(), upload)
  if (next !== 'not-bytes') return next
  void reader.cancel().catch(() => undefined)
  throw new TypeError('The body of the request is a stream of something else than Uint8Arrays')
}

function streamed(
  chunks: Uint8Array[],
  reader: Reader,
  upload: UploadEvents,
  broken: (error: unknown) => void,
): RequestBody {
  const content = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const kept = chunks.shift()
        if (kept !== undefined) return controller.enqueue(kept)
        try {
          const next = await readNext(reader, upload)
          if (next === undefined) controller.close()
          else controller.enqueue(next.chunk)
        } catch (error) {
          broken(error) // before it looks like a failure of the API
          controller.error(error)
        }
      },
    },
    { highWaterMark: 0 },
  )
  return { kind: 'streamed', content, facts: {}, discardRest: () => void reader.cancel().catch(() => undefined) }
}
