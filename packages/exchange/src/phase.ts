import type { EventStreamBody, JsonBody, RawBody } from './open-body.ts'
import type { ExchangeEnding } from './record.ts'
import type { HeaderList } from './sink.ts'

/** An upstream's response head. */
export interface Head {
  readonly status: number
  readonly headers: HeaderList
}

/** A stream whose opening events wait for the first model data. */
export interface HeldStream extends EventStreamBody {
  readonly opening: Uint8Array[]
  openingBytes: number
}

/** Whatever waits: a stream for its first model data, a JSON body for its last byte, any other body for its first. */
type HeldBody = HeldStream | JsonBody | RawBody

/** The sides of an exchange whose end is still to come. */
export type Awaited = 'both' | 'downstream' | 'upstream'

/**
 * Where an exchange stands.
 *
 * - `asking`: the request is being read (`attempt` 0) or on its way; nothing came back.
 * - `holding`: the upstream has answered, and no part of the answer itself went out. `head` says whether the client has the
 *   response head already; while it has not, a failure can still become a real status.
 * - `committed`: a part of the answer is with the client. Nothing can be taken back.
 * - `closing`: the last byte for the client is written; it waits for the ends of the sides it names.
 * - `settled`: over, and recorded.
 */
export type Phase =
  | { readonly phase: 'asking'; readonly attempt: number }
  | { readonly phase: 'holding'; readonly head: 'held'; readonly response: Head; readonly body: HeldBody }
  | { readonly phase: 'holding'; readonly head: 'sent'; readonly response: Head; readonly body: HeldStream }
  | { readonly phase: 'committed'; readonly body: EventStreamBody | RawBody }
  | { readonly phase: 'closing'; readonly ending: ExchangeEnding; readonly awaits: Awaited }
  | { readonly phase: 'settled' }
