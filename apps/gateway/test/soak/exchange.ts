import type { BehaviourName } from './behaviours.ts'
import type { ExchangePlan } from './plan.ts'

/**
 * What the upstream has answered, as far as the client is to see it.
 *
 * - `whole`: a whole answer; also one that was whole before something happened to its connection.
 * - `whole-or-cut`: the same, but a reset may have overtaken its last bytes.
 * - `cut`: an answer without its stop reason. `cut-after-stop`: without its sentinel only.
 * - `stream-error`: an error of the upstream's own within a stream.
 * - `status`: an error that is to be passed on as it is; `bare-status`: one that only has a status.
 * - `none`: nothing that could be passed on.
 * - `raw-cut`: less than its head had promised, where no error can be told.
 * - `unsure`: what arrives is a race.
 */
export type Answer =
  | 'whole'
  | 'whole-or-cut'
  | 'cut'
  | 'cut-after-stop'
  | 'stream-error'
  | 'status'
  | 'bare-status'
  | 'none'
  | 'raw-cut'
  | 'unsure'

/** One attempt as the upstream has played it. */
export interface Attempt {
  readonly behaviour: BehaviourName
  answer: Answer
  status: number
  /** Decoded bytes of the body that were handed to the socket. */
  readonly sent: Buffer[]
  /** The fault, or whatever gives the behaviour its name, has happened. */
  fired: boolean
}

/** One response as a client has seen it. */
export interface Seen {
  status: number
  head: string
  readonly body: Buffer[]
  /**
   * `whole`: by its framing. `incomplete`: the connection ended within it. `none`: before it. `left`: the client itself has
   * closed. `pending`: nothing of these yet.
   */
  end: 'pending' | 'whole' | 'incomplete' | 'none' | 'left'
}

/** The fields of an exchange's record that are looked at. */
export interface SoakRecord {
  readonly id: string
  readonly ending: string
  readonly fault: string | undefined
  readonly status: number | undefined
  readonly clientStalled: boolean
}

/** Everything that is known of an exchange when it is judged. */
export interface Observation {
  readonly plan: ExchangePlan
  readonly attempts: readonly Attempt[]
  readonly seen: Seen
  /** The client has done what its behaviour is named after. */
  readonly clientFired: boolean
  readonly record: SoakRecord | undefined
  /** Not the first of its connection: that may be closed before its turn, which HTTP allows. */
  readonly isFollower: boolean
}

/** An exchange under way. */
export class SoakExchange {
  readonly plan: ExchangePlan
  readonly attempts: Attempt[] = []
  readonly seen: Seen = { status: 0, head: '', body: [], end: 'pending' }
  isFollower = false
  clientFired = false
  isAccepted = false
  record: SoakRecord | undefined
  /** The client is through with it. */
  readonly over: PromiseWithResolvers<void> = Promise.withResolvers()
  /** Its record has come. */
  readonly recorded: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(plan: ExchangePlan) {
    this.plan = plan
  }
}
