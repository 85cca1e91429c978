import type { Dialect } from '@stopbit/traces'
import { dialectRules, type StreamEvent } from './dialect.ts'
import { splitBlocks, type Block } from './sse-blocks.ts'

/** A body at the client, held against the body that the upstream sent. */
export interface BodyMatch {
  /** Complete events that the upstream sent, comments not counted. */
  readonly sentEvents: number
  /** How many of them, from the first on and in order, reached the client byte for byte. */
  readonly matchedEvents: number
  /** The first that did not. */
  readonly firstMissing: string | undefined
  /** The client's blocks, each with whose it is. A heartbeat is a comment or a ping that the upstream did not send here. */
  readonly client: readonly (Block & { readonly from: 'upstream' | 'target' | 'heartbeat' })[]
  /** What the client has after its last event boundary. */
  readonly clientTail: string
}

/**
 * Finds the upstream's events in the client's body. Comments are taken out on both sides: they carry nothing, and both ends may
 * add them. An event that the upstream sent elsewhere in the stream, or with other line ends, counts as the upstream's but not as
 * matched: that is PREFIX-1's business and no invention.
 */
export function matchBody(dialect: Dialect, sent: Buffer, received: Buffer): BodyMatch {
  const upstream = splitBlocks(sent).blocks
  const wanted = upstream.filter(({ event }) => event !== undefined)
  const known = new Set(wanted.map(({ event }) => identityOf(event)))
  const { blocks, tail } = splitBlocks(received)
  let matched = 0
  const client = blocks.map((block) => {
    if (block.bytes === wanted[matched]?.bytes) {
      matched += 1
      return { ...block, from: 'upstream' as const }
    }
    if (isHeartbeat(dialect, block)) return { ...block, from: 'heartbeat' as const }
    return { ...block, from: known.has(identityOf(block.event)) ? ('upstream' as const) : ('target' as const) }
  })
  return {
    sentEvents: wanted.length,
    matchedEvents: matched,
    firstMissing: wanted[matched]?.bytes,
    client,
    clientTail: tail,
  }
}

function identityOf(event: StreamEvent | undefined): string {
  return event === undefined ? '' : `${event.name}\n${event.text}`
}

function isHeartbeat(dialect: Dialect, { bytes, event }: Block): boolean {
  if (event === undefined) return bytes.split(/\r\n|\n|\r/).every((line) => line === '' || line.startsWith(':'))
  return dialectRules(dialect)?.meaningOf(event) === 'heartbeat'
}
