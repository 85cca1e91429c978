import { toBytes } from '../../framing/bytes.ts'
import type { LineEnding } from '../../framing/event-framer.ts'
import type { Closing, ClosingContext, StreamState } from '../dialect.ts'
import { errorOf } from './error-shape.ts'
import type { MessageState } from './scan.ts'

const NOTHING = new Uint8Array(0)

/**
 * What ends a cut Messages stream.
 *
 * Open blocks stay open: a client runs a tool as soon as its block is closed, and unsigned thinking must not look finished.
 * The `event: error` line is mandatory; the SDK drops an error event without it and ends in silence. Nothing follows it.
 * Source: measured with `@anthropic-ai/sdk` 0.39 to 1.11, November 2026.
 */
export function close(state: MessageState, context: ClosingContext): Closing {
  const { openEvent, lineEnding } = context
  switch (state.phase) {
    case 'done':
      return { ending: 'completed', bytes: NOTHING }
    case 'failed':
      return {
        ending: 'error',
        bytes: toBytes(state.untold === undefined ? '' : event('error', state.untold, lineEnding)),
      }
    case 'stopping':
      if (!mayBeTheSentinel(openEvent)) return { ending: 'error', bytes: toBytes(errorEvent(context)) }
      return { ending: 'completed-sentinel', bytes: toBytes(event('message_stop', STOP_DATA, lineEnding)) }
    case 'idle':
    case 'open':
    case 'block':
      return closeByPolicy(state, context)
    default:
      return state satisfies never
  }
}

function closeByPolicy(state: MessageState, context: ClosingContext): Closing {
  const { policy, lineEnding } = context
  if (policy === 'keep-partial' && mayKeepPartial(state)) {
    return { ending: 'kept-partial', bytes: toBytes(blockStops(state, lineEnding) + errorEvent(context)) }
  }
  if (policy === 'truncate' && mayTruncate(state) && !saysError(context.openEvent)) {
    const end = truncation(state.message.outputTokens, lineEnding)
    return { ending: 'truncated', bytes: toBytes(blockStops(state, lineEnding) + end) }
  }
  return { ending: 'error', bytes: toBytes(errorEvent(context)) }
}

function blockStops(state: MessageState, lineEnding: LineEnding): string {
  if (state.phase !== 'block') return ''
  const stopOf = (index: number): string => `{"type":"content_block_stop","index":${index}}`
  return Array.from(state.blocks.keys(), (index) => event('content_block_stop', stopOf(index), lineEnding)).join('')
}

function errorEvent({ fault, requestId, lineEnding }: ClosingContext): string {
  const error = errorOf(fault?.kind ?? 'body-truncated')
  return event('error', JSON.stringify({ type: 'error', error, request_id: requestId }), lineEnding)
}

/** Text alone does no harm when its block is closed. */
function mayKeepPartial(state: MessageState): boolean {
  return state.phase === 'block' && [...state.blocks].every(([index, type]) => index >= 0 && type === 'text')
}

/** Blocks that a client takes for whole once they are closed, though they are not. */
const NEVER_TRUNCATED = new Set(['compaction', 'unknown'])

/**
 * Whether a graceful end can do no harm. Once a tool was called it can: SDKs repair cut arguments and run the call. Unsigned
 * thinking would poison the history that is sent back.
 */
function mayTruncate(state: MessageState): boolean {
  if (state.phase === 'idle' || state.message.hasToolCall) return false
  if (state.phase !== 'block') return true
  return [...state.blocks].every(([index, type]) => {
    if (index < 0 || NEVER_TRUNCATED.has(type)) return false
    return type !== 'thinking' || state.message.signed.has(index)
  })
}

/** `max_tokens` is the one stop reason that every client takes for "not whole"; the last known count has to be with it. */
function truncation(outputTokens: number, lineEnding: LineEnding): string {
  const delta = { stop_reason: 'max_tokens', stop_sequence: null }
  const data = JSON.stringify({ type: 'message_delta', delta, usage: { output_tokens: outputTokens } })
  return event('message_delta', data, lineEnding) + event('message_stop', STOP_DATA, lineEnding)
}

const STOP_DATA = '{"type":"message_stop"}'
const PING_DATA = '{"type":"ping"}'

/** How much of an open event is looked at: far more than the lines before its data ever take. */
const LOOK_BYTES = 4_096

function linesOf(openEvent: Uint8Array): string[] {
  return new TextDecoder()
    .decode(openEvent.subarray(0, LOOK_BYTES))
    .split(/[\r\n]/)
    .filter((line) => line !== '')
}

/** The upstream was about to report an error. */
function saysError(openEvent: Uint8Array): boolean {
  return linesOf(openEvent).some((line) => /^event: ?error|^data: ?\{"type": ?"error"/.test(line))
}

/** Names of events that may come after the stop reason and change nothing. */
const HARMLESS = ['event: message_stop', 'event:message_stop', 'event: ping', 'event:ping']

/** Whether the event that was cut after the stop reason may be left out: nothing, a comment, a ping or the sentinel. */
function mayBeTheSentinel(openEvent: Uint8Array): boolean {
  const [name = '', ...others] = linesOf(openEvent).filter((line) => !line.startsWith(':'))
  if (!HARMLESS.some((harmless) => harmless.startsWith(name))) return false
  return others.every((line) => line.startsWith('data') || 'data'.startsWith(line)) // a second name would count, not the first
}

/** A ping once the message has begun: clients' event watchdogs do not count comments. Before that, a comment. */
export function heartbeat(state: StreamState, lineEnding: LineEnding): Uint8Array | undefined {
  switch (state.phase) {
    case 'idle':
      return toBytes(`: stopbit${lineEnding}${lineEnding}`)
    case 'open':
    case 'block':
    case 'stopping':
      return toBytes(event('ping', PING_DATA, lineEnding))
    default:
      return undefined
  }
}

function event(name: string, data: string, lineEnding: LineEnding): string {
  return `event: ${name}${lineEnding}data: ${data}${lineEnding}${lineEnding}`
}
