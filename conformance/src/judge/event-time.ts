import type { ClientExchange } from '../run/records.ts'
import type { StreamEvent } from './dialect.ts'
import { splitBlocks } from './sse-blocks.ts'

/** An event at the client, and when its last byte came. */
export interface TimedEvent {
  readonly event: StreamEvent
  readonly at: number
}

/** The first event of a body that is `wanted`, with its time; undefined when none has come. */
export function firstEvent(
  { bodyParts, bodyTimes }: ClientExchange,
  wanted: (event: StreamEvent) => boolean = () => true,
): TimedEvent | undefined {
  let end = 0
  for (const { bytes, event } of splitBlocks(Buffer.concat(bodyParts)).blocks) {
    end += bytes.length
    if (event !== undefined && wanted(event)) return { event, at: timeOfByte(end, bodyParts, bodyTimes) }
  }
  return undefined
}

function timeOfByte(count: number, parts: readonly Buffer[], times: readonly number[]): number {
  let sum = 0
  const index = parts.findIndex((part) => (sum += part.length) >= count)
  return times[index] ?? Infinity
}
