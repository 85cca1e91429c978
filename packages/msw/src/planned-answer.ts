/** What one request meets, as far as a mocked response can say it. */
export interface PlannedAnswer {
  /** Undefined when the trace ends before a whole head was sent. */
  readonly head: PlannedHead | undefined
  /** Body bytes without HTTP framing, in the order and the pieces in which the upstream writes them. */
  readonly writes: readonly PlannedWrite[]
  /** `clean`: the body is whole by its framing, whatever it says. `error`: the client's read fails. `stall`: nothing more comes. */
  readonly end: 'clean' | 'error' | 'stall'
  readonly endAfter: Delay
}

export interface PlannedHead {
  readonly status: number
  readonly statusText: string
  /** Names as they were sent; a name may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly after: Delay
}

export interface PlannedWrite {
  readonly after: Delay
  readonly bytes: Uint8Array
}

/** How long to wait first, from the step before. */
export interface Delay {
  /** Multiplied by the replay's `scale`. */
  readonly scaledMs: number
  /** As it is. */
  readonly fixedMs: number
  /** Each becomes `barrierMs`. */
  readonly barriers: number
}

/** All that a trace's upstream answers, request by request. */
export interface ReplayPlan {
  readonly answers: readonly PlannedAnswer[]
  /** The last so many answers come again for further requests. 0: these meet a network error, as the upstream resets them. */
  readonly repeats: number
}
