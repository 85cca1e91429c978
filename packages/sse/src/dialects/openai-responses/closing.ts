import { toBytes } from '../../framing/bytes.ts'
import type { LineEnding } from '../../framing/event-framer.ts'
import type { Closing, ClosingContext } from '../dialect.ts'
import { readUpstreamError, UNEXPLAINED_SENTENCE } from '../upstream-error.ts'
import { errorOf } from './error-shape.ts'
import type { OutputItem, ResponseStream } from './response-stream.ts'
import { toResponseFailure, type ResponseFailure, type ResponsesState } from './scan.ts'

type FailedState = Extract<ResponsesState, { phase: 'failed' }>

const NOTHING = new Uint8Array(0)

/** Items that a graceful end may not follow, finished or not: a client would go on as if the turn were whole. */
const TOOL_CALL = /_call$|^mcp_/

/**
 * What ends a cut Responses stream: `event: error` in the nested form, then `response.failed`.
 *
 * Neither is enough: Codex ignores `error`, and iterating with the SDK takes `response.failed` for an ordinary event. Open
 * items get no `output_item.done`; Codex runs a call as soon as it has one. The code is `server_error`, which Codex retries.
 * Source: measured with `openai` 6.49 to 7.55 and Codex 0.169, November 2026.
 */
export function close(state: ResponsesState, context: ClosingContext): Closing {
  const writer = new EventWriter(state.stream, context.lineEnding)
  switch (state.phase) {
    case 'done':
      return { ending: 'completed', bytes: NOTHING }
    case 'failed':
      return { ending: 'error', bytes: toBytes(sayFailure(writer, state)) }
    case 'idle':
    case 'open':
    case 'block':
    case 'stopping':
      if (context.policy === 'truncate' && mayTruncate(state)) {
        return { ending: 'truncated', bytes: toBytes(writer.truncated()) }
      }
      return { ending: 'error', bytes: toBytes(closeWithError(writer, context)) }
    default:
      return state satisfies never
  }
}

/** What is left to say of the upstream's own error: all of it, or only what clients that ignore its event have to hear. */
function sayFailure(writer: EventWriter, { untold, failure }: FailedState): string {
  if (untold !== undefined) {
    const error = readUpstreamError(untold) ?? { message: UNEXPLAINED_SENTENCE }
    return writer.created() + writer.event('error', { error }) + writer.failed(toResponseFailure(error))
  }
  return failure === undefined ? '' : writer.created() + writer.failed(failure)
}

function closeWithError(writer: EventWriter, { fault }: ClosingContext): string {
  const error = errorOf(fault?.kind ?? 'body-truncated')
  return (
    writer.created() +
    writer.event('error', { error }) +
    writer.failed({ code: 'server_error', message: error.message })
  )
}

/** Only text may be cut gracefully: a begun response, every open item a message with nothing but text in it, no tool call. */
function mayTruncate({ phase, stream }: ResponsesState): boolean {
  if (phase !== 'open' && phase !== 'block') return false
  if (stream.snapshot === undefined || stream.hasForgotten) return false
  if (stream.finishedItems.some(({ type }) => typeof type !== 'string' || TOOL_CALL.test(type))) return false
  return [...stream.openItems].every(
    ([index, { type }]) => type === 'message' && stream.partsOf(index).every((part) => part.type === 'output_text'),
  )
}

/** A comment. Never a `keepalive` event, which older SDKs do not know; and nothing after an `id`, which comments would resend. */
export function heartbeat({ phase, stream }: ResponsesState, lineEnding: LineEnding): Uint8Array | undefined {
  if (phase === 'done' || phase === 'failed' || stream.hasIds) return undefined
  return toBytes(`: stopbit${lineEnding}${lineEnding}`)
}

/** Writes events in the stream's name: its numbers go on, its snapshot stands. */
class EventWriter {
  readonly #stream: ResponseStream
  readonly #lineEnding: LineEnding
  #number: number

  constructor(stream: ResponseStream, lineEnding: LineEnding) {
    this.#stream = stream
    this.#lineEnding = lineEnding
    this.#number = stream.nextSequenceNumber()
  }

  event(type: string, fields: object): string {
    const data = JSON.stringify({ type, sequence_number: this.#number++, ...fields })
    return `event: ${type}${this.#lineEnding}data: ${data}${this.#lineEnding}${this.#lineEnding}`
  }

  /** The SDK's helper refuses any other first event. */
  created(): string {
    if (this.#stream.snapshot !== undefined) return ''
    return this.event('response.created', { response: this.#response('in_progress', {}) })
  }

  failed(error: ResponseFailure): string {
    return this.event('response.failed', { response: this.#response('failed', { error }) })
  }

  /** Closes what is open with the text that was sent, and says that the limit was reached. */
  truncated(): string {
    const closed = [...this.#stream.openItems].map(([index, item]) => this.#closeItem(index, item))
    const response = this.#response('incomplete', {
      incomplete_details: { reason: 'max_output_tokens' },
      output: [...this.#stream.finishedItems, ...closed.map(({ item }) => item)],
    })
    return closed.map(({ events }) => events).join('') + this.event('response.incomplete', { response })
  }

  #closeItem(outputIndex: number, item: OutputItem): { readonly events: string; readonly item: OutputItem } {
    const ids = { item_id: item.id, output_index: outputIndex }
    const content: object[] = []
    let events = ''
    for (const { contentIndex, text, finished } of this.#stream.partsOf(outputIndex)) {
      if (finished !== undefined) {
        content.push(finished)
        continue
      }
      const part = { type: 'output_text', text, annotations: [], logprobs: [] }
      content.push(part)
      events += this.event('response.output_text.done', { ...ids, content_index: contentIndex, text, logprobs: [] })
      events += this.event('response.content_part.done', { ...ids, content_index: contentIndex, part })
    }
    const closed = { ...item, status: 'incomplete', content }
    events += this.event('response.output_item.done', { output_index: outputIndex, item: closed })
    return { events, item: closed }
  }

  #response(status: string, more: object): object {
    const begun = this.#stream.snapshot ?? { id: 'resp_stopbit', object: 'response', created_at: 0, model: '' }
    return { ...begun, status, output: this.#stream.finishedItems, usage: null, ...more }
  }
}
