/** 256 MiB: room for eight bodies of the largest size that is kept, and a small part of what a Node process may take. */
const DEFAULT_LIMIT_BYTES = 256 * 1024 * 1024

/** What all exchanges of a process hold together: request bodies that may be sent again, JSON answers, open events. */
export class MemoryBudget {
  readonly limitBytes: number
  #heldBytes = 0

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

  /** Takes `bytes` more, or nothing if that is too much. A negative number gives back. */
  change(bytes: number): boolean {
    if (bytes > 0 && this.#heldBytes + bytes > this.limitBytes) return false
    this.#heldBytes += bytes
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

  constructor(budget: MemoryBudget) {
    this.#budget = budget
  }

  /** The request's body is kept, and has this size now. `false`: there is no room, and nothing has changed. */
  holdRequest(byteLength: number): boolean {
    if (!this.#budget.change(byteLength - this.#requestBytes)) return false
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

  release(): void {
    this.holdRequest(0)
    this.holdAnswer(0)
  }
}
