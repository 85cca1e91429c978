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

/** Whatever is held back. */
export type HeldBody = HeldStream | JsonBody | RawBody

/** The sides of an exchange whose end is still to come. */
type Awaited = 'both' | 'downstream' | 'upstream'

/** Whether the client has a response head. While it has not, a failure can still become a real status. */
export type SentHead = 'held' | 'sent'

/**
 * Where an exchange stands.
 *
 * - `asking`: nothing of an answer has come. `step`: the request is being read, is on its way, or waits to be sent again.
 * - `holding`: the upstream has answered, and no part of the answer itself went out: a stream waits for its first model
 *   data, a JSON body for its last byte, any other body for its first.
 * - `committed`: a part of the answer is with the client. Nothing can be taken back.
 * - `closing`: the last byte for the client is written; it waits for the ends of the sides it names. What the upstream still
 *   sends is dropped, up to `drainBytes`.
 * - `settled`: over, and recorded.
 */
export type Phase =
  | { readonly phase: 'asking'; readonly step: 'accepting' | 'sent' | 'backing-off'; readonly head: SentHead }
  | { readonly phase: 'holding'; readonly head: 'held'; readonly response: Head; readonly body: RawBody }
  | {
      readonly phase: 'holding'
      readonly head: SentHead
      readonly response: Head
      readonly body: HeldStream | JsonBody
    }
  | { readonly phase: 'committed'; readonly body: EventStreamBody | RawBody }
  | {
      readonly phase: 'closing'
      readonly ending: ExchangeEnding
      readonly awaits: Awaited
      readonly drainBytes: number
    }
  | { readonly phase: 'settled' }
