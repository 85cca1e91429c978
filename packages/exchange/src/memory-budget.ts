/** 256 MiB: room for eight bodies of the largest size that is kept, and a small part of what a Node process may take. */
const DEFAULT_LIMIT_BYTES = 256 * 1024 * 1024

/** What each stream may hold for nothing: more than the open event and the opening of nearly all that there are. */
const STREAM_ALLOWANCE_BYTES = 64 * 1024

/**
 * What all exchanges of a process hold together: request bodies until they are sent and need not be sent again, JSON answers
 * until their client has them, open events. Requests get at most half of it, and the first 64 KiB of each stream are outside
 * of it: however much clients upload, the streams of others go on.
 */
export class MemoryBudget {
  readonly limitBytes: number
  #heldBytes = 0
  #requestBytes = 0

  /** @param limitBytes most bytes that may be held at once. Default 256 MiB; edges have far less. */
  constructor(limitBytes: number = DEFAULT_LIMIT_BYTES) {
    if (!Number.isSafeInteger(limitBytes) || limitBytes < 1) {
      throw new RangeError(`Cannot use limitBytes: must be a whole number of bytes, at least 1, got ${limitBytes}`)
    }
    this.limitBytes = limitBytes
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /**
   * Takes `bytes` more, or nothing if that is too much. A negative number gives back. Throws a `RangeError` for what is no
   * number of bytes: it would switch the limit off for good.
   */
  change(bytes: number): boolean {
    if (!Number.isSafeInteger(bytes)) {
      throw new RangeError(`Cannot change held bytes: must be a whole number, got ${bytes}`)
    }
    if (bytes > 0 && this.#heldBytes + bytes > this.limitBytes) return false
    this.#heldBytes += bytes
    return true
  }

  /** As `change`, for the body of a request: it is too much already if requests would have more than half. */
  changeRequests(bytes: number): boolean {
    if (bytes > 0 && this.#requestBytes + bytes > this.limitBytes / 2) return false
    if (!this.change(bytes)) return false
    this.#requestBytes += bytes
    return true
  }
}

/** The budget of everything in this process that was given no other one. */
export const PROCESS_MEMORY: MemoryBudget = new MemoryBudget()

/** What one exchange holds of a budget. */
export class HeldMemory {
  readonly #budget: MemoryBudget
  #requestBytes = 0
  #answerBytes = 0
  #unreadBytes = 0

  constructor(budget: MemoryBudget) {
    this.#budget = budget
  }

  /** The request's body is kept, and has this size now. `false`: there is no room, and nothing has changed. */
  holdRequest(byteLength: number): boolean {
    if (!this.#budget.changeRequests(byteLength - this.#requestBytes)) return false
    this.#requestBytes = byteLength
    return true
  }

  /** So much of the answer is held back now. `false`: there is no room, and nothing has changed. */
  holdAnswer(byteLength: number): boolean {
    if (byteLength === this.#answerBytes) return true // for nearly every chunk
    if (!this.#budget.change(byteLength - this.#answerBytes)) return false
    this.#answerBytes = byteLength
    return true
  }

  /** As `holdAnswer`, for a stream. */
  holdStream(byteLength: number): boolean {
    return this.holdAnswer(Math.max(0, byteLength - STREAM_ALLOWANCE_BYTES))
  }

  /** What was held of the answer waits for the client to read it now. */
  handOver(): void {
    this.#unreadBytes += this.#answerBytes
    this.#answerBytes = 0
  }

  /** The client's connection has taken what was handed over. */
  taken(): void {
    if (this.#unreadBytes === 0) return
    this.#budget.change(-this.#unreadBytes)
    this.#unreadBytes = 0
  }

  release(): void {
    this.holdRequest(0)
    this.holdAnswer(0)
    this.taken()
  }
}
