import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { StreamEvent } from './dialect.ts'

/** What stands between two blank lines of an event stream, blank line included. */
export interface Block {
  /** The bytes, one character each (latin1), so that equality is byte equality. */
  readonly bytes: string
  /** Undefined for comments and for blocks that dispatch nothing. */
  readonly event: StreamEvent | undefined
}

/** A body cut at its event boundaries. `tail` is what follows the last one: part of an event, or empty. */
export interface BlockList {
  readonly blocks: readonly Block[]
  readonly tail: string
}

/** A CR at the very end after CRLF or LF is half a line end: only what follows would tell. */
const BOUNDARY = /\r?\n(?:\r\n|\n|\r(?!\n|$))|\r(?!\n)(?:\r\n|\n|\r(?!\n))/g

/** Cuts a body at its blank lines: LF, CR and CRLF, mixed. What a block says is read by a third-party parser. */
export function splitBlocks(body: Buffer): BlockList {
  const text = body.toString('latin1')
  const blocks: Block[] = []
  let start = 0
  for (const match of text.matchAll(BOUNDARY)) {
    const end = match.index + match[0].length
    const bytes = text.slice(start, end)
    blocks.push({ bytes, event: parseEventStream(Buffer.from(bytes, 'latin1')).events[0] })
    start = end
  }
  return { blocks, tail: text.slice(start) }
}

/** A whole body as the third-party parser reads it. `problems` are lines that are no field of an event stream. */
export function parseEventStream(body: Buffer): {
  readonly events: readonly StreamEvent[]
  readonly problems: readonly string[]
} {
  const events: StreamEvent[] = []
  const problems: string[] = []
  const parser = createParser({
    onEvent: (message) => events.push(toStreamEvent(message)),
    onError: (error) => problems.push(error.message),
  })
  parser.feed(body.toString('utf8'))
  return { events, problems }
}

function toStreamEvent({ event, data }: EventSourceMessage): StreamEvent {
  return { name: event ?? 'message', text: data, data: parseJson(data) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
