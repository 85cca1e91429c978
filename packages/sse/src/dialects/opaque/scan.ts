import type { Scanner, StreamState } from '../dialect.ts'

/** Knows no event, so it follows none: an unknown stream stays `idle`, and only its framing is watched. */
export class OpaqueScanner implements Scanner {
  readonly state: StreamState = { phase: 'idle' }
  #eventCount = 0

  /** What is model data cannot be known; any event is taken for it, so that nothing is ever held back. */
  get modelDataCount(): number {
    return this.#eventCount
  }

  scan(): 'forward' {
    this.#eventCount++
    return 'forward'
  }
}
