import { toBytes } from '../../framing/bytes.ts'
import type { LineEnding } from '../../framing/event-framer.ts'
import { readEvent } from '../../framing/read-event.ts'
import type { Closing, ClosingContext } from '../dialect.ts'
import { membersOfCut } from '../cut-json.ts'
import { parseObject } from '../json.ts'
import { isToolKind, UNNAMED_CHOICE } from './chunk.ts'
import { errorOf } from './error-shape.ts'
import type { ChatFacts, ChatState } from './scan.ts'

const NOTHING = new Uint8Array(0)

/**
 * What ends a cut Chat Completions stream.
 *
 * A plain `data: {"error":{…}}` is the one form that every client takes for a failure. No `[DONE]` follows it: a naive client
 * would read success. `keep-partial` has nothing to do here, as no client waits for a text to be closed.
 * Source: measured with `openai` 4.104 to 7.55 and `ai` 6 and 7, November 2026.
 */
export function close(state: ChatState, context: ClosingContext): Closing {
  const { openEvent, lineEnding, policy } = context
  switch (state.phase) {
    case 'done':
      return { ending: 'completed', bytes: NOTHING }
    case 'failed': {
      const data = state.untold ?? state.repeat
      return { ending: 'error', bytes: data === undefined ? NOTHING : toBytes(event(data, lineEnding)) }
    }
    case 'stopping':
      if (!mayBeTheSentinel(openEvent)) return closeWithError(context)
      return { ending: 'completed-sentinel', bytes: toBytes(event('[DONE]', lineEnding)) }
    case 'idle':
      return closeWithError(context)
    case 'open':
    case 'block':
      if (policy !== 'truncate' || beginsLikeError(openEvent)) return closeWithError(context)
      return truncate(state.facts, lineEnding) ?? closeWithError(context)
    default:
      return state satisfies never
  }
}

function closeWithError({ fault, lineEnding }: ClosingContext): Closing {
  const error = errorOf(fault?.kind ?? 'body-truncated')
  return { ending: 'error', bytes: toBytes(event(JSON.stringify({ error }), lineEnding)) }
}

/**
 * Gives each choice that has none the stop reason `length`, in chunks like the stream's own. `undefined` where that could do
 * harm: a tool call cut in its arguments would be run by clients, and choices that nobody knows of cannot be ended.
 */
function truncate({ choiceCount, choices, head }: ChatFacts, lineEnding: LineEnding): Closing | undefined {
  if (choiceCount === undefined) return undefined
  const indices = new Set([...Array(choiceCount).keys(), ...choices.keys()])
  let text = ''
  for (const index of indices) {
    const choice = choices.get(index)
    if (choice?.finishReason !== undefined) continue
    if (index === UNNAMED_CHOICE || isToolKind(choice?.kind)) return undefined
    // The SDK's accumulator throws at a choice that has ended without ever naming its role.
    const delta = choice?.hasRole === true ? {} : { role: 'assistant', content: '' }
    const ended = [{ index, delta, finish_reason: 'length' }]
    text += event(JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: ended }), lineEnding)
  }
  return { ending: 'truncated', bytes: toBytes(text + event('[DONE]', lineEnding)) }
}

/** 8 KiB. A usage chunk holds a few numbers; what is larger is something else. */
const MAX_USAGE_BYTES = 8 * 1024

/** Whether the event that was cut is an error of the upstream, or shows itself to begin as one. */
function beginsLikeError(openEvent: Uint8Array): boolean {
  const { name, data } = readEvent(openEvent, 0, openEvent.byteLength)
  if (name !== '' && 'error'.startsWith(name)) return true
  // A server may drop out of the event stream and write its error as plain JSON.
  const json = data === '' ? new TextDecoder().decode(openEvent) : data
  const chunk = parseObject(json)
  if (chunk !== undefined) return Boolean(chunk['error']) || chunk['object'] === 'error'
  return membersOfCut(json)?.some(({ key, value }) => showsError(key, value)) ?? false
}

/** Whether a member, cut anywhere, makes a chunk an error. */
function showsError(key: string, value: string | undefined): boolean {
  if (value === undefined) return key !== '' && 'error'.startsWith(key)
  if (key === 'error') return isCutOrSet(value)
  return key === 'object' && value.startsWith('"e') && '"error"'.startsWith(value.trimEnd())
}

/** Whether the value of `error` is an error, or did not come far enough to tell; vendors write `null` where there is none. */
function isCutOrSet(value: string): boolean {
  const known = value.trimEnd()
  return known === '' || !'null'.startsWith(known)
}

/**
 * Whether the event that was cut after the last stop reason may be left out: nothing, a comment, the sentinel or a usage
 * chunk. What shows itself to be anything else may be an error or more of the answer, and then nothing is complete.
 */
function mayBeTheSentinel(openEvent: Uint8Array): boolean {
  if (openEvent.byteLength > MAX_USAGE_BYTES) return false
  const lines = new TextDecoder().decode(openEvent).split(/\r\n|\n|\r/)
  return lines.every((line) => {
    if (line.startsWith(':') || 'data:'.startsWith(line)) return true
    if (!line.startsWith('data:')) return false
    const data = line.slice('data:'.length).trimStart()
    return '[DONE]'.startsWith(data.trimEnd()) || mayBecomeUsage(data)
  })
}

/** The keys of bare error objects. */
const BARE_ERROR_KEYS = new Set(['message', 'detail', 'type'])

/** Whether JSON, cut anywhere, can be the beginning of a chunk without choices. */
function mayBecomeUsage(json: string): boolean {
  return membersOfCut(json)?.every(({ key, value }) => !showsError(key, value) && mayBeInUsage(key, value)) ?? false
}

/** Whether a usage chunk may have this key with a value that begins like this. */
function mayBeInUsage(key: string, value = ''): boolean {
  if (BARE_ERROR_KEYS.has(key)) return false
  const known = value.trimEnd()
  switch (key) {
    case 'object':
      return '"chat.completion.chunk"'.startsWith(known)
    case 'choices':
      return known === '' || /^\[\s*(?:$|\])/.test(known)
    case 'usage':
      return true
    default:
      return !/^[[{]/.test(known)
  }
}

/**
 * A comment: an event without data would make the SDKs throw. None once the upstream has sent an `id`, because from then on
 * openai-python takes every comment block for an event without data. Source: its `_streaming.py`, `SSEDecoder.decode`.
 */
export function heartbeat({ phase, facts }: ChatState, lineEnding: LineEnding): Uint8Array | undefined {
  if (phase === 'done' || phase === 'failed' || facts.hasEventIds) return undefined
  return toBytes(`: stopbit${lineEnding}${lineEnding}`)
}

function event(data: string, lineEnding: LineEnding): string {
  return `data: ${data}${lineEnding}${lineEnding}`
}
