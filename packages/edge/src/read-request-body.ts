import type { RequestBodyKind } from '@stopbit/exchange'
import { readRequestFacts, type RequestFacts } from '@stopbit/sse'

/** A request's body, as it is sent on. */
export interface RequestBody {
  readonly kind: RequestBodyKind
  /** The whole body; a stream if it is too large to be kept; `undefined` if there is none. */
  readonly content: Uint8Array | ReadableStream<Uint8Array> | undefined
  /** What the body says; `{}` if it is too large to be kept. */
  readonly facts: RequestFacts
  /** Nobody wants what is left of the body: what becomes of it, and of the client's connection, is the platform's. */
  discardRest(): void
}

/** What a body that is being read tells, and who says how much of it is kept; an `Exchange` takes it as it is. */
export interface UploadEvents {
  requestAwaited(): void
  requestChunk(byteLength: number): 'keep' | 'stream'
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

/**
 * Reads a request's body until it is whole, or until no more of it may be kept: then the rest is streamed as it comes.
 * Never rejects; a client that leaves or breaks its upload off is an answer.
 *
 * @param clientGone called when it does so later, in a body that is streamed.
 */
export async function readRequestBody(
  request: Request,
  upload: UploadEvents,
  clientGone: () => void,
): Promise<RequestBody | 'client-gone'> {
  if (request.body === null) return bodyOf(undefined)
  const chunks: Uint8Array[] = []
  let byteLength = 0
  try {
    const reader: Reader = request.body.getReader()
    for (let next = await readNext(reader, upload); next !== undefined; next = await readNext(reader, upload)) {
      chunks.push(next.chunk)
      byteLength += next.chunk.byteLength
      if (next.verdict === 'stream') return streamed(chunks, reader, upload, clientGone)
    }
  } catch {
    return 'client-gone'
  }
  return bodyOf(byteLength === 0 ? undefined : concat(chunks, byteLength))
}

function bodyOf(content: Uint8Array | undefined): RequestBody {
  const kind = content === undefined ? 'none' : 'kept'
  return { kind, content, facts: readRequestFacts(content), discardRest: () => undefined }
}

/** The next chunk, and what is to become of the body; `undefined` at its end. */
async function readNext(
  reader: Reader,
  upload: UploadEvents,
): Promise<{ readonly chunk: Uint8Array; readonly verdict: 'keep' | 'stream' } | undefined> {
  upload.requestAwaited()
  const { value } = await reader.read()
  const verdict = upload.requestChunk(value?.byteLength ?? 0)
  return value && { chunk: value, verdict }
}

function streamed(chunks: Uint8Array[], reader: Reader, upload: UploadEvents, clientGone: () => void): RequestBody {
  const content = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // What was sent is not kept: this stream lives as long as the rest takes.
        const kept = chunks.shift()
        if (kept !== undefined) return controller.enqueue(kept)
        try {
          const next = await readNext(reader, upload)
          if (next === undefined) controller.close()
          else controller.enqueue(next.chunk)
        } catch (error) {
          clientGone() // before its going looks like a failure of the upstream
          controller.error(error)
        }
      },
    },
    { highWaterMark: 0 },
  )
  return { kind: 'streamed', content, facts: {}, discardRest: () => void reader.cancel().catch(() => undefined) }
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
