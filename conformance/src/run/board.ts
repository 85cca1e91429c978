/** Re-checks that catch what only time changes (deadlines, quiet). Not what orders the scripts: those wake on `changed()`. */
const POLL_MS = 10

/**
 * What both ends of a trace have in common: whoever sees something calls `changed()`, whoever waits gives a predicate over the
 * shared records. Every wait is bounded.
 */
export class Board {
  readonly #waiting = new Set<() => void>()

  /** Tells all waits to look again. */
  changed(): void {
    for (const look of this.#waiting) look()
  }

  /** Resolves to true as soon as `predicate` holds, to false after `timeoutMs` (or at once when `signal` aborts). Never rejects. */
  async until(predicate: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (predicate()) return true
    const deadline = performance.now() + timeoutMs
    return await new Promise((resolve) => {
      const settle = (held: boolean): void => {
        clearInterval(timer)
        this.#waiting.delete(look)
        resolve(held)
      }
      const look = (): void => {
        if (predicate()) settle(true)
        else if (signal?.aborted === true || performance.now() >= deadline) settle(false)
      }
      const timer = setInterval(look, POLL_MS)
      this.#waiting.add(look)
    })
  }
}
