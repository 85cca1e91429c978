import { classifyFault, createFault, type Fault } from '@stopbit/faults'
import type { Ending } from '../dialects/dialect.ts'
import { createFinalizer } from '../finalizer/create-finalizer.ts'
import type { FinalizerOptions } from '../finalizer/finalizer.ts'
import { joinBytes } from '../framing/bytes.ts'

/** The options of `finalizeChunks` and `finalizeStream`. */
export interface FinalizeOptions extends FinalizerOptions {
  /**
   * Called once, when the last byte was handed out: how the stream ended, and what had cut it. Not called for a reader that
   * leaves before the end.
   */
  readonly onEnd?: ((ending: Ending, fault: Fault | undefined) => void) | undefined
}

/**
 * Ends a stream of bytes truthfully, for code that reads with `for await`.
 *
 * Whole events come out as they come in, never a part of one in a chunk. When the source throws, or ends without its terminal
 * event, the closing comes as the last chunk and the iteration ends normally. When the terminal event is through, the source
 * is let go at once, and nobody waits for it.
 *
 * Throws what the source threw, or an error of its own, only where the body cannot carry an error: the receiver must then
 * leave the HTTP framing incomplete.
 */
export async function* finalizeChunks(
  source: AsyncIterable<Uint8Array>,
  options: FinalizeOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const finalizer = createFinalizer(options)
  const iterator = source[Symbol.asyncIterator]()
  const pieces: Uint8Array[] = []
  const take = (bytes: Uint8Array): void => void pieces.push(bytes)
  let cut: { readonly fault: Fault; readonly error: unknown } | undefined
  let isOver = false
  try {
    while (!isOver) {
      const next = await iterator.next().catch((error: unknown) => {
        cut = { fault: classifyFault({ headersReceived: true }, error), error }
      })
      if (next === undefined || next.done === true) break
      const result = finalizer.push(next.value, take)
      // One piece may end within an event; the reader may do anything between two chunks.
      if (pieces.length > 0) yield joinPieces(pieces.splice(0))
      isOver = result !== 'open'
      if (result !== 'event-too-large') continue
      cut = { fault: createFault('bad-framing'), error: new Error('An event is larger than maxEventBytes') }
    }
  } finally {
    // A source may take for ever to close; its reader has its end already.
    void iterator.return?.().catch(() => undefined)
  }
  const { ending, bytes } = finalizer.end(cut?.fault)
  if (bytes.byteLength > 0) yield bytes
  options.onEnd?.(ending, cut?.fault)
  if (ending === 'incomplete')
    throw cut?.error ?? new Error('Cannot end the body truthfully: it is no stream of its dialect')
}

function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  return joinBytes(
    pieces,
    pieces.reduce((sum, { byteLength }) => sum + byteLength, 0),
  )
}
