import type { UpstreamEvents } from './upstream-events.ts'

/** Pieces that are this large on average cost less by themselves than to be copied. */
const LARGE_PIECE_BYTES = 8 * 1024
/** With more than this, what there is is passed on at once, and does not wait for the end of the read. */
const MAX_JOINED_BYTES = 256 * 1024

/**
 * Gathers the chunks that came with one read of the socket into one. undici hands over each chunk of HTTP's framing by itself, and an
 * API that sends an event per chunk and many at a time would be paid for by the event: in a machine's step, a write and a
 * chunk towards the client. The turn that read them is not over before they are passed on, so nothing waits for bytes to come.
 */
export class ChunkGatherer {
  readonly #events: Pick<UpstreamEvents, 'upstreamChunk'>
  #pieces: Uint8Array[] = []
  #byteLength = 0
  #isHeld = false

  constructor(events: Pick<UpstreamEvents, 'upstreamChunk'>) {
    this.#events = events
  }

  add(piece: Uint8Array): void {
    if (this.#pieces.length === 0) process.nextTick(passUnlessHeld, this)
    this.#pieces.push(piece)
    this.#byteLength += piece.byteLength
    if (this.#byteLength > MAX_JOINED_BYTES) this.passUnlessHeld()
  }

  /** Passes nothing on until `release()`. undici learns of a pause with the chunk after it, which then waits here. */
  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    if (this.#pieces.length > 0) process.nextTick(passUnlessHeld, this)
  }

  /** Passes on what there is, held or not: the response is over. */
  flush(): void {
    while (this.#pieces.length > 0) {
      this.#isHeld = false // also if a piece was one too many for the client
      this.passUnlessHeld()
    }
  }

  drop(): void {
    this.#pieces = []
    this.#byteLength = 0
  }

  passUnlessHeld(): void {
    const pieces = this.#pieces
    const byteLength = this.#byteLength
    const [first] = pieces
    if (this.#isHeld || first === undefined) return
    if (byteLength >= pieces.length * LARGE_PIECE_BYTES) return this.#passOneByOne()
    this.drop()
    this.#events.upstreamChunk(pieces.length === 1 ? first : Buffer.concat(pieces, byteLength))
  }

  /** Until there is none, or what comes of one is that they are held, or dropped. */
  #passOneByOne(): void {
    while (!this.#isHeld) {
      const piece = this.#pieces.shift()
      if (piece === undefined) return
      this.#byteLength -= piece.byteLength
      this.#events.upstreamChunk(piece)
    }
  }
}

/** One for all, and not a closure for each. */
function passUnlessHeld(gatherer: ChunkGatherer): void {
  gatherer.passUnlessHeld()
}
