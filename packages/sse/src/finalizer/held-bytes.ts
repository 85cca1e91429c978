import { joinBytes } from '../framing/bytes.ts'

/** From here on small chunks are copied together: each has an object of its own, which costs more than its bytes. */
const MANY_CHUNKS = 64
const SMALL_BYTES = 512
const BLOCK_BYTES = 16 * 1024

/**
 * The bytes of an open event: a list of the chunks as they came, so that a push never copies what is held. An event that
 * comes in a great many tiny chunks is copied once, into blocks, so that its memory stays near its size.
 */
export class HeldBytes {
  #chunks: Uint8Array[] = []
  #byteLength = 0
  /** The last of the chunks is the used part of this block. */
  #block: Uint8Array | undefined
  #blockUsed = 0

  get byteLength(): number {
    return this.#byteLength
  }

  /** As they came, first to last. */
  get chunks(): readonly Uint8Array[] {
    return this.#chunks
  }

  push(chunk: Uint8Array): void {
    this.#byteLength += chunk.byteLength
    if (this.#chunks.length < MANY_CHUNKS || chunk.byteLength > SMALL_BYTES) {
      this.#block = undefined
      this.#chunks.push(chunk)
    } else {
      this.#copy(chunk)
    }
  }

  /** All of it as one run of bytes; nothing is held any more. */
  take(): Uint8Array {
    const { byteLength } = this
    return joinBytes(this.takeChunks(), byteLength)
  }

  /** All of it as it came; nothing is held any more. */
  takeChunks(): readonly Uint8Array[] {
    const chunks = this.#chunks
    this.#chunks = []
    this.#byteLength = 0
    this.#block = undefined
    return chunks
  }

  #copy(chunk: Uint8Array): void {
    const fits = this.#block !== undefined && this.#blockUsed + chunk.byteLength <= BLOCK_BYTES
    const block = fits && this.#block !== undefined ? this.#block : new Uint8Array(BLOCK_BYTES)
    if (!fits) {
      this.#block = block
      this.#blockUsed = 0
    }
    block.set(chunk, this.#blockUsed)
    this.#blockUsed += chunk.byteLength
    if (fits) this.#chunks.pop()
    this.#chunks.push(block.subarray(0, this.#blockUsed))
  }
}
