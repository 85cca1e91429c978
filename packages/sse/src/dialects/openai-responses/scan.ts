import { hasPrefix, toBytes } from '../../framing/bytes.ts'
import { isDigit } from '../../framing/json-tokens.ts'
import { readEvent } from '../../framing/read-event.ts'
import type { EndingPolicy, Scanner, StreamState } from '../dialect.ts'
import { isObject, isText, parseObject, toSayable } from '../json.ts'
import { type ErrorObject, readUpstreamError, toErrorData, UNEXPLAINED_SENTENCE, wordOf } from '../upstream-error.ts'
import { KeyPlace } from './key-place.ts'
import { ResponseStream } from './response-stream.ts'

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
  readonly response?: unknown
  readonly output_index?: unknown
  readonly content_index?: unknown
  readonly item?: unknown
  readonly part?: unknown
  readonly delta?: unknown
  readonly code?: unknown
}

const NAMED = toBytes('event: response.')
const DELTA_END = toBytes('.delta')
const QUOTE = 34
const ZERO = 48
const LF = 10
const CR = 13

/** Follows a Responses stream: idle → open ⇄ block (open output items) → done, or failed from anywhere. */
export class ResponsesScanner implements Scanner<ResponsesState> {
  readonly #stream = new ResponseStream()
  /** A graceful end needs the text that was sent; nothing else does, so only then it is kept. */
  readonly #keepsText: boolean
  #state: ResponsesState = { phase: 'idle', stream: this.#stream }
  #modelDataCount = 0
  readonly #deltaPlace = new KeyPlace('"delta":"')
  /** The bytes and the place of the last delta, as long as its number has not been read. */
  #lastDelta: Uint8Array | undefined
  #lastStart = 0
  #lastEnd = 0
  readonly #numberPlace = new KeyPlace('"sequence_number":')

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
    // Once the first data is through, a delta changes no state; its number is read if it turns out to be the last.
    if (this.#modelDataCount > 0 && !this.#keepsText && isDelta(bytes, start, end)) {
      // An empty delta is no model data.
      if (bytes[this.#deltaPlace.behind(bytes, start, end)] !== QUOTE) this.#modelDataCount++
      this.#lastDelta = bytes
      this.#lastStart = start
      this.#lastEnd = end
      return 'forward'
    }
    this.release()
    this.#stream.settleDelta()
    const { name, data, hasId } = readEvent(bytes, start, end)
    if (hasId) this.#stream.hasIds = true
    if (data === '') return 'forward'
    const event: ResponsesEvent | undefined = parseObject(data)
    if (event === undefined) return 'forward'
    const type = typeof event.type === 'string' ? event.type : name
    this.#stream.noteNumber(event.sequence_number)
    if (type === 'error') this.#fail(event, data)
    else this.#apply(type, event, end - start)
    return 'forward'
  }

  release(): void {
    if (this.#lastDelta === undefined) return
    const at = this.#numberPlace.behind(this.#lastDelta, this.#lastStart, this.#lastEnd)
    this.#stream.noteDelta(at === -1 ? -1 : integerAt(this.#lastDelta, at, this.#lastEnd))
    this.#lastDelta = undefined
  }

  #apply(type: string, event: ResponsesEvent, byteLength: number): void {
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        if (isObject(event.response)) this.#stream.keepSnapshot(event.response, byteLength)
        if (this.#state.phase === 'idle') this.#state = { phase: 'open', stream: this.#stream }
        return
      case 'response.output_item.added':
        return this.#startItem(event, byteLength)
      case 'response.output_item.done':
        return this.#finishItem(event, byteLength)
      case 'response.content_part.added':
        if (this.#keepsText) this.#stream.startPart(event.output_index, event.content_index, event.part)
        return
      case 'response.content_part.done':
        if (this.#keepsText) this.#stream.finishPart(event.output_index, event.content_index, event.part, byteLength)
        return
      case 'response.completed':
      case 'response.incomplete':
        this.#state = { phase: 'done', stream: this.#stream }
        return
      case 'response.failed':
        return this.#takeFailure(isObject(event.response) ? event.response['error'] : null)
      default:
        if (type.endsWith('.delta')) this.#takeDelta(type, event)
        // An image that was generated so far is data, too; everything else changes nothing that a closing needs.
        else if (type.endsWith('.partial_image')) this.#modelDataCount++
    }
  }

  #startItem({ output_index: index, item }: ResponsesEvent, byteLength: number): void {
    if (typeof index !== 'number' || !isObject(item)) return
    this.#stream.startItem(index, item, byteLength)
    this.#state = { phase: 'block', blocks: this.#stream.openKinds(), stream: this.#stream }
  }

  #finishItem({ output_index: index, item }: ResponsesEvent, byteLength: number): void {
    if (typeof index !== 'number' || !isObject(item)) return
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
  #takeFailure(told: unknown): void {
    const error = isObject(told) ? toSayable(told) : null
    const data = toErrorData(JSON.stringify({ error }))
    this.#state = { phase: 'failed', errorType: wordOf(error?.['code']), error: data, stream: this.#stream }
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
  const word = [code, type].find(isText)
  return {
    code: word ?? 'server_error',
    message: isText(message) ? message : UNEXPLAINED_SENTENCE,
  }
}

/** A delta by its name alone: `event: response.<anything>.delta`. Streams without names are parsed. */
function isDelta(bytes: Uint8Array, start: number, end: number): boolean {
  if (!hasPrefix(bytes, start, end, NAMED)) return false
  let lineEnd = start + NAMED.byteLength
  while (lineEnd < end && bytes[lineEnd] !== LF && bytes[lineEnd] !== CR) lineEnd++
  return hasPrefix(bytes, lineEnd - DELTA_END.byteLength, lineEnd, DELTA_END)
}

/** The digits from `at` on, as a number. JSON writes white space behind a key only where people are to read it. */
function integerAt(bytes: Uint8Array, from: number, end: number): number {
  let value = 0
  let at = from
  for (let byte = bytes[at]; at < end && isDigit(byte); byte = bytes[++at]) value = value * 10 + ((byte ?? 0) - ZERO)
  return at === from ? -1 : value
}
