import { hasPrefix, toBytes } from '../../framing/bytes.ts'
import { readEvent } from '../../framing/read-event.ts'
import type { EndingPolicy, Scanner, StreamState } from '../dialect.ts'
import { type ErrorObject, readUpstreamError, toErrorData, UNEXPLAINED_SENTENCE } from '../upstream-error.ts'
import { ResponseStream, type OutputItem, type ResponseObject } from './response-stream.ts'

/** The state of a Responses stream; a closing reads the rest from `stream`. */
export type ResponsesState = StreamState & { readonly stream: ResponseStream; readonly failure?: ResponseFailure }

/** What the upstream's own `error` event said: clients that ignore that event have to hear it in `response.failed`. */
export interface ResponseFailure {
  readonly code: string
  readonly message: string
}

interface ResponsesEvent {
  readonly type?: unknown
  readonly sequence_number?: unknown
  readonly response?: ResponseObject
  readonly output_index?: unknown
  readonly content_index?: unknown
  readonly item?: OutputItem
  readonly part?: { readonly type?: unknown }
  readonly delta?: unknown
  readonly code?: unknown
}

const NAMED = toBytes('event: response.')
const DELTA_END = toBytes('.delta')
const DELTA_KEY = toBytes('"delta":"')
const QUOTE = 34
const LF = 10
const CR = 13

/** Follows a Responses stream: idle → open ⇄ block (open output items) → done, or failed from anywhere. */
export class ResponsesScanner implements Scanner<ResponsesState> {
  readonly #stream = new ResponseStream()
  /** A graceful end needs the text that was sent; nothing else does, so only then it is kept. */
  readonly #keepsText: boolean
  #state: ResponsesState = { phase: 'idle', stream: this.#stream }
  #modelDataCount = 0
  #deltaOffset = 0

  constructor(policy: EndingPolicy) {
    this.#keepsText = policy === 'truncate'
  }

  get state(): ResponsesState {
    return this.#state
  }

  get modelDataCount(): number {
    return this.#modelDataCount
  }

  scan(bytes: Uint8Array, start: number, end: number): 'forward' {
    // Once the first data is through, a delta changes no state; its sequence number is read if it turns out to be the last.
    if (this.#modelDataCount > 0 && !this.#keepsText && isDelta(bytes, start, end)) {
      if (!this.#hasEmptyDelta(bytes, start, end)) this.#modelDataCount++
      this.#stream.noteLast(bytes, start, end)
      return 'forward'
    }
    const { name, data, hasId } = readEvent(bytes, start, end)
    if (hasId) this.#stream.hasIds = true
    if (data === '') return 'forward'
    this.#stream.noteLast(bytes, start, end)
    const event = parse(data)
    if (event === undefined) return 'forward'
    const type = typeof event.type === 'string' ? event.type : name
    if (type === 'error') this.#fail(event, data)
    else this.#apply(type, event, end - start)
    return 'forward'
  }

  /** An empty delta is no model data. Its place is mostly that of the delta before, so it is looked for there first. */
  #hasEmptyDelta(bytes: Uint8Array, start: number, end: number): boolean {
    if (!hasPrefix(bytes, start + this.#deltaOffset, end, DELTA_KEY)) {
      let at = start
      while (at < end && !hasPrefix(bytes, at, end, DELTA_KEY)) at++
      if (at === end) return false
      this.#deltaOffset = at - start
    }
    return bytes[start + this.#deltaOffset + DELTA_KEY.byteLength] === QUOTE
  }

  #apply(type: string, event: ResponsesEvent, byteLength: number): void {
    this.#stream.noteNumber(event.sequence_number)
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        if (event.response !== undefined) this.#stream.snapshot = event.response
        if (this.#state.phase === 'idle') this.#state = { phase: 'open', stream: this.#stream }
        return
      case 'response.output_item.added':
        return this.#startItem(event)
      case 'response.output_item.done':
        return this.#finishItem(event, byteLength)
      case 'response.content_part.added':
        return this.#stream.startPart(event.output_index, event.content_index, event.part?.type)
      case 'response.content_part.done':
        return this.#stream.finishPart(event.output_index, event.content_index, event.part)
      case 'response.completed':
      case 'response.incomplete':
        this.#state = { phase: 'done', stream: this.#stream }
        return
      case 'response.failed':
        return this.#takeFailure(event.response?.error ?? null)
      default:
        if (type.endsWith('.delta')) this.#takeDelta(type, event)
        // An image that was generated so far is data, too; everything else changes nothing that a closing needs.
        else if (type.endsWith('.partial_image')) this.#modelDataCount++
    }
  }

  #startItem({ output_index: index, item }: ResponsesEvent): void {
    if (typeof index !== 'number' || item === undefined) return
    this.#stream.openItems.set(index, item)
    this.#state = { phase: 'block', blocks: this.#stream.openKinds(), stream: this.#stream }
  }

  #finishItem({ output_index: index, item }: ResponsesEvent, byteLength: number): void {
    if (typeof index !== 'number' || item === undefined) return
    // An item without deltas, such as a finished search, is whole in its end.
    this.#modelDataCount++
    this.#stream.finishItem(index, item, byteLength)
    const isOpen = this.#stream.openItems.size > 0
    this.#state = isOpen
      ? { phase: 'block', blocks: this.#stream.openKinds(), stream: this.#stream }
      : { phase: 'open', stream: this.#stream }
  }

  #takeDelta(type: string, { output_index: item, content_index: part, delta }: ResponsesEvent): void {
    if (delta === '' || delta === undefined || delta === null) return
    this.#modelDataCount++
    if (this.#keepsText && type === 'response.output_text.delta' && typeof delta === 'string') {
      this.#stream.addText(item, part, delta)
    }
  }

  /** The rest of a response that failed is not about the error: the whole prompt may be in it. */
  #takeFailure(error: ResponseObject['error']): void {
    const data = toErrorData(JSON.stringify({ error }))
    this.#state = { phase: 'failed', errorType: wordOf(error?.code), error: data, stream: this.#stream }
  }

  #fail({ code }: ResponsesEvent, data: string): void {
    const error = readUpstreamError(data) ?? { code }
    this.#state = {
      phase: 'failed',
      errorType: wordOf(error['code'] ?? error['type']),
      error: toErrorData(data),
      stream: this.#stream,
      failure: toResponseFailure(error),
    }
  }
}

/** The error of a response out of the API's error object, which has a type and mostly a code. */
export function toResponseFailure({ code, type, message }: ErrorObject): ResponseFailure {
  const word = [code, type].find((known) => typeof known === 'string' && known !== '')
  return {
    code: typeof word === 'string' ? word : 'server_error',
    message: typeof message === 'string' && message !== '' ? message : UNEXPLAINED_SENTENCE,
  }
}

/** A delta by its name alone: `event: response.<anything>.delta`. Streams without names are parsed. */
function isDelta(bytes: Uint8Array, start: number, end: number): boolean {
  if (!hasPrefix(bytes, start, end, NAMED)) return false
  let lineEnd = start + NAMED.byteLength
  while (lineEnd < end && bytes[lineEnd] !== LF && bytes[lineEnd] !== CR) lineEnd++
  return hasPrefix(bytes, lineEnd - DELTA_END.byteLength, lineEnd, DELTA_END)
}

/** A code is passed on to the operator's record; anything that is not a short word is not. */
function wordOf(code: unknown): string {
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : 'unknown'
}

function parse(data: string): ResponsesEvent | undefined {
  try {
    const event: unknown = JSON.parse(data)
    return typeof event === 'object' && event !== null ? event : undefined
  } catch {
    return undefined
  }
}
