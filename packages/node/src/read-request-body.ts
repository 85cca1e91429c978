import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { readUpload, type Misuse, type RequestBodyKind, type UploadEvents } from '@stopbit/exchange'
import { readRequestFacts, type RequestFacts } from '@stopbit/sse'

/** A request's body, as it is sent on. */
export interface RequestBody {
  readonly kind: RequestBodyKind
  /** The whole body; a stream if it is too large to be kept; `undefined` if there is none. */
  readonly content: Uint8Array | Readable | undefined
  /** What the body says; `{}` if it is too large to be kept. */
  readonly facts: RequestFacts
}

/**
 * Reads a request's body until it is whole, or until no more of it may be kept: then the rest is streamed as it comes.
 * A client that leaves or breaks its upload off is an answer, and so is middleware that has made text of it.
 */
export async function readRequestBody(
  request: IncomingMessage,
  response: ServerResponse,
  upload: UploadEvents,
): Promise<RequestBody | Misuse | 'client-gone'> {
  allowUpload(request, response)
  const chunks: Uint8Array[] = []
  const read = await readChunks(request, chunks, upload)
  if (read === 'whole') return bodyOf(joined(chunks))
  return read === 'too-large' ? streamed(chunks, request, upload) : read
}

/** By events: the stream's async iterator makes a promise for each chunk, and listeners of its own for the whole. */
function readChunks(
  request: IncomingMessage,
  chunks: Uint8Array[],
  upload: UploadEvents,
): Promise<'whole' | 'too-large' | 'body-unusable' | 'client-gone'> {
  return new Promise((resolve) => {
    const settle = (read: Parameters<typeof resolve>[0]): void => {
      request.off('data', take).off('end', end).off('close', leave).off('error', leave)
      resolve(read)
    }
    const take = (chunk: unknown): void => {
      const isBytes = chunk instanceof Uint8Array
      if (isBytes) chunks.push(chunk)
      if (isBytes && upload.requestChunk(chunk.byteLength) === 'keep') return upload.requestAwaited()
      request.pause()
      settle(isBytes ? 'too-large' : 'body-unusable')
    }
    const end = (): void => {
      upload.requestChunk(0)
      settle('whole')
    }
    const leave = (): void => settle('client-gone')
    upload.requestAwaited()
    if (request.readableEnded) return end()
    if (request.destroyed) return leave()
    request.on('data', take).on('end', end).on('close', leave).on('error', leave)
    request.resume() // middleware may have paused it
  })
}

function joined(chunks: readonly Uint8Array[]): Uint8Array | undefined {
  return chunks.length > 1 ? Buffer.concat(chunks) : chunks[0]
}

function bodyOf(content: Uint8Array | undefined): RequestBody {
  const kind = content === undefined ? 'none' : 'kept'
  return { kind, content, facts: readRequestFacts(content) }
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

function streamed(chunks: Uint8Array[], request: IncomingMessage, upload: UploadEvents): RequestBody {
  return { kind: 'streamed', content: Readable.from(streamOf(chunks, request, upload)), facts: {} }
}

async function* streamOf(
  chunks: Uint8Array[],
  request: IncomingMessage,
  upload: UploadEvents,
): AsyncGenerator<Uint8Array> {
  // What was sent is not kept: this generator lives as long as the rest takes.
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) yield chunk
  const iterator = request.iterator({ destroyOnReturn: false }) as AsyncIterator<unknown>
  const readNext = (): ReturnType<typeof readUpload> => readUpload(() => iterator.next(), upload)
  for (let next = await readNext(); next !== undefined; next = await readNext()) {
    if (next === 'not-bytes') throw new TypeError('The request yields something else than bytes')
    yield next.chunk
  }
}
