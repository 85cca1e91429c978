/** What happened on one lane of a trace: for people who want to see both sides of a failure. */
export interface TimelineEntry {
  /** Since the trace's first step, in milliseconds of the run, with fractions. */
  readonly atMs: number
  readonly lane: 'client' | 'upstream'
  /** `c1` as the trace names it, or `u1`, `u2`, … in the order in which the target opened them; undefined for what has no connection. */
  readonly connection?: string
  readonly kind: TimelineKind
  /** Bytes that went over the wire, framing included, where any did. */
  readonly bytes?: number
  /** In words and short: a status line, the names of events, why a barrier did not hold. Never a secret. */
  readonly text: string
  /** The step that is the trace's failure. */
  readonly fault?: true
}

/**
 * - `connect`: a connection is there; `request`: a request went out (client) or was read (upstream);
 * - `send`: the upstream wrote; `receive`: the client got bytes; `head`: the client has the response head;
 * - `wait`, `barrier`, `stall`: the script let time pass, or waited for the other end;
 * - `close`: FIN, `reset`: RST, `end`: the client's exchange is over (`text` says how); `note`: anything else.
 */
export type TimelineKind =
  | 'connect'
  | 'request'
  | 'send'
  | 'receive'
  | 'head'
  | 'wait'
  | 'barrier'
  | 'stall'
  | 'close'
  | 'reset'
  | 'end'
  | 'note'
