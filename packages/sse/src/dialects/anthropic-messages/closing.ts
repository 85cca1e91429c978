import { toBytes } from '../../framing/bytes.ts'
import type { LineEnding } from '../../framing/event-framer.ts'
import type { Closing, ClosingContext, StreamState } from '../dialect.ts'
import { errorOf } from './error-shape.ts'

const NOTHING = new Uint8Array(0)

/**
 * What ends a cut Messages stream.
 *
 * Open blocks stay open: a client runs a tool as soon as its block is closed, and unsigned thinking must not look finished.
 * The `event: error` line is mandatory; the SDK drops an error event without it and ends in silence. Nothing follows it.
 * Source: reference client endings §2.1 and wire protocols §12.1 (measured with `@anthropic-ai/sdk` 0.39 to 1.11).
 */
export function close(state: StreamState, context: ClosingContext): Closing {
  const { openEvent, lineEnding } = context
  switch (state.phase) {
    case 'done':
      return { ending: 'completed', bytes: NOTHING }
    case 'failed':
      return { ending: 'error', bytes: state.untold === undefined ? NOTHING : event('error', state.untold, lineEnding) }
    case 'stopping':
      if (!mayBeTheSentinel(openEvent)) return closeWithError(context)
      return { ending: 'completed-sentinel', bytes: event('message_stop', '{"type":"message_stop"}', lineEnding) }
    case 'idle':
    case 'open':
    case 'block':
      return closeWithError(context)
    default:
      return state satisfies never
  }
}

function closeWithError({ fault, requestId, lineEnding }: ClosingContext): Closing {
  const error = errorOf(fault?.kind ?? 'body-truncated')
  const data = JSON.stringify({ type: 'error', error, request_id: requestId })
  return { ending: 'error', bytes: event('error', data, lineEnding) }
}

/** Events that may come after the stop reason and change nothing. */
const HARMLESS = ['event: message_stop', 'event:message_stop', 'event: ping', 'event:ping']

/** Whether the event that was cut after the stop reason may be left out: nothing, a comment, a ping or the sentinel. */
function mayBeTheSentinel(openEvent: Uint8Array): boolean {
  const line =
    new TextDecoder()
      .decode(openEvent.subarray(0, 40))
      .trimStart()
      .split(/[\r\n]/, 1)[0] ?? ''
  return line.startsWith(':') || HARMLESS.some((start) => start.startsWith(line))
}

/** A ping once the message has begun: clients' event watchdogs do not count comments. Before that, a comment. */
export function heartbeat(state: StreamState, lineEnding: LineEnding): Uint8Array | undefined {
  switch (state.phase) {
    case 'idle':
      return toBytes(`: stopbit${lineEnding}${lineEnding}`)
    case 'open':
    case 'block':
    case 'stopping':
      return event('ping', '{"type":"ping"}', lineEnding)
    default:
      return undefined
  }
}

function event(name: string, data: string, lineEnding: LineEnding): Uint8Array {
  return toBytes(`event: ${name}${lineEnding}data: ${data}${lineEnding}${lineEnding}`)
}
