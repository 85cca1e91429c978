import { finalizeChunks, type FinalizeOptions } from './finalize-chunks.ts'

/**
 * Ends a web stream truthfully: `new Response(finalizeStream(upstream.body, options))`.
 *
 * Reads only when it is read, and cancels the source when it is cancelled. Errors only where the body cannot carry an error
 * (see `finalizeChunks`).
 */
export function finalizeStream(
  source: ReadableStream<Uint8Array>,
  options: FinalizeOptions,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  let isCancelled = false
  const chunks = finalizeChunks(chunksOf(reader), {
    ...options,
    // To cancel ends the source like its own end would; it is not one.
    onEnd: (ending, fault) => void (isCancelled || options.onEnd?.(ending, fault)),
  })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (isCancelled) return
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel(reason) {
        isCancelled = true
        // The generator may be waiting for the source, so the source is told itself.
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * The same as a `TransformStream`, for pipes that are built of them. Prefer `finalizeStream`: when a source errors, its pipe
 * drops the chunks that nobody has read yet, so that whole events may be missing before the closing.
 */
export function createFinalizerTransform(options: FinalizeOptions): TransformStream<Uint8Array, Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  return { readable: finalizeStream(readable, options), writable }
}

/** Web streams cannot be iterated everywhere yet. */
async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    // After the terminal event nobody waits for the rest. A source that has failed has nothing to cancel.
    reader.cancel().catch(() => undefined)
  }
}
