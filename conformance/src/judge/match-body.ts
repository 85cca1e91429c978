import type { Dialect } from '@stopbit/traces'
import { dialectRules, type StreamEvent } from './dialect.ts'
import { parseEventStream, splitBlocks, type Block } from './sse-blocks.ts'

/** A body at the client, held against the body that the upstream sent. */
export interface BodyMatch {
  /** What the upstream sent: its complete events, comments not counted. */
  readonly sent: readonly StreamEvent[]
  readonly sentEvents: number
  /** How many of them, from the first on and in order, reached the client byte for byte. */
  readonly matchedEvents: number
  /** The first that did not. */
  readonly firstMissing: string | undefined
  /** The first event that the client has more often than the upstream sent it. */
  readonly firstRepeated: string | undefined
  /** The client's blocks, each with whose it is. A heartbeat is a comment or a ping that the upstream did not send here. */
  readonly client: readonly ClientBlock[]
  /** What the upstream sent after its last event boundary. */
  readonly sentTail: string
  /** What the client has after its last event boundary. */
  readonly clientTail: string
}

export type ClientBlock = Block & { readonly from: 'upstream' | 'target' | 'heartbeat' }

/**
 * Finds the upstream's events in the client's body. Comments are taken out on both sides: they carry nothing, and both ends may
 * add them. An event that the upstream sent elsewhere in the stream, or with other line ends, counts as the upstream's but not as
 * matched: that is PREFIX-1's business and no invention.
 */
export function matchBody(dialect: Dialect, sent: Buffer, received: Buffer): BodyMatch {
  const upstream = splitBlocks(sent)
  const wanted = upstream.blocks.flatMap(({ bytes, event }) => (event === undefined ? [] : [{ bytes, event }]))
  const known = new Set([...wanted.map(({ event }) => event), eventOfTail(upstream.tail)].map(identityOf))
  const { blocks, tail } = splitBlocks(received)
  let matched = 0
  const client = blocks.map((block) => {
    if (isSameBlock(block.bytes, wanted[matched]?.bytes)) {
      matched += 1
      return { ...block, from: 'upstream' as const }
    }
    if (isHeartbeat(dialect, block)) return { ...block, from: 'heartbeat' as const }
    return { ...block, from: known.has(identityOf(block.event)) ? ('upstream' as const) : ('target' as const) }
  })
  return {
    sent: wanted.map(({ event }) => event),
    sentEvents: wanted.length,
    matchedEvents: matched,
    firstMissing: wanted[matched]?.bytes,
    firstRepeated: firstRepeated(client, [...wanted.map(({ event }) => event), eventOfTail(upstream.tail)]),
    client,
    sentTail: upstream.tail,
    clientTail: tail,
  }
}

function firstRepeated(client: readonly ClientBlock[], sent: readonly (StreamEvent | undefined)[]): string | undefined {
  const left = new Map<string, number>()
  for (const event of sent) left.set(identityOf(event), (left.get(identityOf(event)) ?? 0) + 1)
  return client.find(({ event, from }) => {
    if (from !== 'upstream') return false
    const count = (left.get(identityOf(event)) ?? 0) - 1
    left.set(identityOf(event), count)
    return count < 0
  })?.bytes
}

/** A cut between CR and LF leaves an event whole and its line end half there: the LF may be added. */
function isSameBlock(received: string, wanted: string | undefined): boolean {
  return wanted !== undefined && (received === wanted || (wanted.endsWith('\r') && received === `${wanted}\n`))
}

/** What the upstream sent last may lack no more than its empty line: then it is the upstream's word, whoever ends it. */
function eventOfTail(tail: string): StreamEvent | undefined {
  const event = parseEventStream(Buffer.from(`${tail}\n\n`, 'latin1')).events[0]
  return event?.data === undefined && event?.text !== '[DONE]' ? undefined : event
}

function identityOf(event: StreamEvent | undefined): string {
  return event === undefined ? '' : `${event.name}\n${event.text}`
}

function isHeartbeat(dialect: Dialect, { bytes, event }: Block): boolean {
  if (event === undefined) return bytes.split(/\r\n|\n|\r/).every((line) => line === '' || line.startsWith(':'))
  return dialectRules(dialect).isHeartbeat(event)
}
