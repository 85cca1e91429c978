import { toBytes } from '../../framing/bytes.ts'
import type { LineEnding } from '../../framing/event-framer.ts'
import { readEvent } from '../../framing/read-event.ts'
import type { Closing, ClosingContext, Ending } from '../dialect.ts'
import { membersOfCut } from '../cut-json.ts'
import { parseObject } from '../json.ts'
import { type GeminiChunk, isError, withoutSeparator } from './chunk.ts'
import { errorOf, toUnderstood } from './error-shape.ts'
import type { GeminiState } from './scan.ts'

const NOTHING = new Uint8Array(0)

/**
 * What ends a cut Gemini stream.
 *
 * An error is a bare `data:` event: `@google/genai` drops one with an `event` line or a comment in it, and fails on `[DONE]`.
 * In array mode it is the last element, and the array is closed behind it. Nothing follows it.
 * Source: measured with `@google/genai` 2.32 and 3.1, November 2026.
 */
export function close(state: GeminiState, context: ClosingContext): Closing {
  const { lineEnding, fault, policy, openEvent } = context
  switch (state.phase) {
    case 'done':
      return { ending: 'completed', bytes: NOTHING }
    case 'failed':
      if (state.untold !== undefined) return endWith('error', [state.untold], state, lineEnding)
      return { ending: 'error', bytes: state.body === 'open-array' ? toBytes(']') : NOTHING }
    case 'stopping':
      if (!mayBeUsage(openEvent, state)) return endWith('error', [errorData(context)], state, lineEnding)
      if (state.body === 'open-array') return { ending: 'completed-sentinel', bytes: toBytes(']') }
      return { ending: 'completed', bytes: NOTHING }
    case 'idle':
    case 'open':
    case 'block': {
      // The upstream itself said that it is through, and then ended the body: it is not ours to call that a failure.
      const isOwnEnd = state.body === 'event-stream' && state.answers !== 'open' && openEvent.byteLength === 0
      if (fault === undefined && isOwnEnd) return { ending: 'completed', bytes: NOTHING }
      const isHarmless = state.truncationHarm === undefined && state.phase === 'open'
      if (policy === 'truncate' && isHarmless && !beginsLikeError(openEvent)) {
        return endWith('truncated', state.unfinished.map(truncatedChunk), state, lineEnding)
      }
      return endWith('error', [errorData(context)], state, lineEnding)
    }
    default:
      return state satisfies never
  }
}

/** A comment in a block of its own: `@google/genai` drops an event that begins with one. JSON has no comments. */
export function heartbeat(state: GeminiState, lineEnding: LineEnding): Uint8Array | undefined {
  if (state.body !== 'event-stream' || state.phase === 'done' || state.phase === 'failed') return undefined
  return toBytes(`: stopbit${lineEnding}${lineEnding}`)
}

/** What the upstream said last, if that is an error which only lacked its framing; else the fault's own sentence. */
function errorData({ fault, openEvent }: ClosingContext): string {
  const chunk: GeminiChunk | undefined = parseObject(jsonIn(openEvent))
  return JSON.stringify({
    error: isError(chunk) ? toUnderstood(chunk?.error) : errorOf(fault?.kind ?? 'body-truncated'),
  })
}

/** Whether the event that was cut is an error of the upstream, or shows itself to begin as one. */
function beginsLikeError(openEvent: Uint8Array): boolean {
  const { name } = readEvent(openEvent, 0, openEvent.byteLength)
  if (name !== '' && 'error'.startsWith(name)) return true
  const json = jsonIn(openEvent)
  const chunk: GeminiChunk | undefined = parseObject(json)
  if (chunk !== undefined) return isError(chunk)
  return membersOfCut(json)?.some(({ key, value }) => mayBeKey('error', key, value)) ?? false
}

/** 8 KiB. Usage is a few numbers; what is larger is something else. */
const MAX_USAGE_BYTES = 8 * 1024

/** What makes a chunk more than usage. */
const MORE_THAN_USAGE = ['candidates', 'error', 'promptFeedback']

/**
 * Whether the unit that was cut behind the last finish reason may be left out: nothing, a comment, or usage. Models that put a
 * finish reason into every chunk may have been cut in more of the answer, and an error may follow any; neither is complete.
 */
function mayBeUsage(openEvent: Uint8Array, { body }: GeminiState): boolean {
  if (openEvent.byteLength > MAX_USAGE_BYTES) return false
  const text = new TextDecoder().decode(openEvent)
  if (body !== 'event-stream') return beginsAsUsage(withoutSeparator(text))
  return text.split(/\r\n|\n|\r/).every((line) => {
    if (line.startsWith(':') || 'data:'.startsWith(line)) return true
    return line.startsWith('data:') && beginsAsUsage(line.slice('data:'.length).trim())
  })
}

function beginsAsUsage(json: string): boolean {
  if (json === '') return true
  const members = membersOfCut(json)
  return members?.every(({ key, value }) => !MORE_THAN_USAGE.some((word) => mayBeKey(word, key, value))) ?? false
}

/** Whether a key is this one, or has been cut in it. An empty one may become any, so it is not taken for this one. */
function mayBeKey(word: string, key: string, value: string | undefined): boolean {
  return value === undefined ? key !== '' && word.startsWith(key) : key === word
}

/** The JSON of an open unit as far as it came: the data of an event, an element of an array, or a value of its own. */
function jsonIn(openEvent: Uint8Array): string {
  const { data } = readEvent(openEvent, 0, openEvent.byteLength)
  return data === '' ? withoutSeparator(new TextDecoder().decode(openEvent)) : data
}

/** `MAX_TOKENS` says truncation to every client, and no tool call is run under it. */
function truncatedChunk(index: number): string {
  const content = { role: 'model', parts: [{ text: '' }] }
  return JSON.stringify({ candidates: [{ content, finishReason: 'MAX_TOKENS', index }] })
}

function endWith(ending: Ending, units: readonly string[], { body }: GeminiState, eol: LineEnding): Closing {
  switch (body) {
    case 'event-stream':
      return { ending, bytes: toBytes(units.map((data) => `data: ${data}${eol}${eol}`).join('')) }
    case 'unopened-array':
      return { ending, bytes: toBytes(`[${units.join(`,${eol}`)}]`) }
    case 'open-array':
      return { ending, bytes: toBytes(`,${eol}${units.join(`,${eol}`)}${eol}]`) }
    case 'closed':
      // Nothing can be said behind a JSON text that is whole.
      return { ending: 'incomplete', bytes: NOTHING }
    default:
      return body satisfies never
  }
}
