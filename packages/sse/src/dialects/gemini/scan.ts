import { readEvent } from '../../framing/read-event.ts'
import type { RequestFacts } from '../../request-facts.ts'
import type { Framing, Scanner, StreamState } from '../dialect.ts'
import { PlainEvents } from '../plain-events.ts'
import { isObject, isText, parseObject } from '../json.ts'
import { toErrorData, wordOf } from '../upstream-error.ts'
import { type AnswerProgress, Candidates, type TruncationHarm } from './candidates.ts'
import { contentOf, type GeminiChunk, hasWholeData, indexOf, isError, plainReader, withoutSeparator } from './chunk.ts'
import { isUnderstood, toUnderstood } from './error-shape.ts'

/** Where the body stands: a stream of events, or a JSON array before its `[`, behind an element, or behind its `]`. */
export type BodyPosition = 'event-stream' | 'unopened-array' | 'open-array' | 'closed'

interface GeminiFacts {
  readonly body: BodyPosition
  /** Indexes of the candidates that have begun and have no final finish reason. */
  readonly unfinished: readonly number[]
  /** How far the candidates are. Only the `]` of an array says by itself that no more will come. */
  readonly answers: AnswerProgress
  /** `undefined` if nothing speaks against a graceful end. */
  readonly truncationHarm: TruncationHarm | undefined
}

/** The state of a Gemini stream, with what its closing needs to know. */
export type GeminiState = StreamState & GeminiFacts

const decoder = new TextDecoder()

/** Follows a Gemini stream: idle → open ⇄ block → stopping, in array mode → done, or failed from anywhere. */
export class GeminiScanner implements Scanner<GeminiState> {
  readonly plainEvents: PlainEvents<GeminiChunk>
  readonly #framing: Framing
  readonly #request: RequestFacts
  #candidates: Candidates
  #blockReason: string | undefined
  /** What has gone out. */
  #body: BodyPosition
  /** What is still read. Behind a `]` that was withheld, because the answers had not ended, nothing is part of the array. */
  #reads: 'events' | 'elements' | 'nothing'
  #state: GeminiState
  #modelDataCount = 0

  constructor(request: RequestFacts, framing: Framing) {
    this.#framing = framing
    this.#request = request
    this.plainEvents = new PlainEvents(framing, plainReader(framing))
    this.#candidates = new Candidates(request.choiceCount)
    this.#body = framing === 'json-array' ? 'unopened-array' : 'event-stream'
    this.#reads = framing === 'json-array' ? 'elements' : 'events'
    this.#state = this.#stateIn({ phase: 'idle' })
  }

  get state(): GeminiState {
    return this.#state
  }

  get modelDataCount(): number {
    return this.#modelDataCount + this.plainEvents.count
  }

  scan(bytes: Uint8Array, start: number, end: number): 'forward' | 'withhold' {
    if (this.#reads === 'nothing') return 'withhold'
    if (this.plainEvents.match(bytes, start, end)) return 'forward'
    const unit = bytes.subarray(start, end)
    return this.#reads === 'events' ? this.#scanEvent(unit) : this.#scanElement(unit)
  }

  /**
   * Whether a clean end of the body is the upstream's own if this event, of which only line endings are missing, is its last.
   * In an array nothing is ever open that could be: an element is whole with its own bracket, and all that can be missing
   * then is the `]`, which the closing adds to answers that have all ended.
   */
  isEndedBy(event: Uint8Array): boolean {
    const behind = this.#copy()
    behind.scan(event, 0, event.byteLength)
    if (behind.state.phase === 'failed') return true
    // It may have ended before this event, half of which changes nothing: its data has to be whole in any case.
    return (behind.state.phase === 'stopping' || behind.state.answers !== 'open') && hasWholeData(event)
  }

  #copy(): GeminiScanner {
    const copy = new GeminiScanner(this.#request, this.#framing)
    copy.#candidates = this.#candidates.copy()
    copy.#blockReason = this.#blockReason
    copy.#body = this.#body
    copy.#reads = this.#reads
    copy.#state = this.#state
    return copy
  }

  #scanEvent(unit: Uint8Array): 'forward' | 'withhold' {
    const { name, data } = readEvent(unit, 0, unit.byteLength)
    const text = decoder.decode(unit)
    // The API may drop out of the event stream and write its error as plain JSON; clients that read by the rules miss it.
    const chunk: GeminiChunk | undefined = parseObject(data === '' ? text : data)
    if (name === 'error' || isError(chunk)) {
      const plain = text.trim()
      const told = plain.startsWith('data:') ? parseObject(plain.slice(5))?.['error'] : undefined
      return this.#fail(chunk?.error ?? data, data === '' ? plain : data, isUnderstood(told))
    }
    if (chunk !== undefined && data !== '') this.#apply(unit, chunk)
    return 'forward'
  }

  #scanElement(unit: Uint8Array): 'forward' | 'withhold' {
    const text = decoder.decode(unit)
    const element = withoutSeparator(text)
    if (element.startsWith(']')) return this.#closeArray()
    const isAlone = this.#body === 'unopened-array' && text.trimStart().startsWith('{')
    const chunk: GeminiChunk | undefined = parseObject(element)
    if (isError(chunk) && !isUnderstood(chunk?.error)) return this.#fail(chunk?.error, element, false)
    this.#body = isAlone ? 'closed' : 'open-array'
    if (isError(chunk)) return this.#fail(chunk?.error, element, true)
    this.#apply(unit, chunk ?? {})
    // A value of its own instead of an array is whole, whatever it is: nothing can follow it.
    if (isAlone && chunk !== undefined) this.#state = this.#stateIn({ phase: 'done' })
    return 'forward'
  }

  /**
   * An array that is closed before its answers have ended was cut further up: its `]` would make it look whole. The upstream
   * has reported no failure, so the state stays what it is, and the end of the body tells that it was cut.
   */
  #closeArray(): 'forward' | 'withhold' {
    if (this.#state.phase !== 'stopping' && !this.#candidates.hasEnded) {
      this.#reads = 'nothing'
      this.plainEvents.forgetAll()
      return 'withhold'
    }
    this.#body = 'closed'
    this.#state = this.#stateIn({ phase: 'done' })
    return 'forward'
  }

  #fail(error: unknown, data: string, isTold: boolean): 'forward' | 'withhold' {
    const understood = toUnderstood(error)
    const errorType = wordOf(understood.status)
    this.plainEvents.forgetAll()
    const failed = { phase: 'failed', errorType, error: toErrorData(data) } as const
    this.#state = this.#stateIn(isTold ? failed : { ...failed, untold: JSON.stringify({ error: understood }) })
    return isTold ? 'forward' : 'withhold'
  }

  #apply(unit: Uint8Array, chunk: GeminiChunk): void {
    const { candidates, promptFeedback } = chunk
    const known = Array.isArray(candidates) ? candidates.filter(isObject) : []
    const reason = promptFeedback?.blockReason
    // A prompt that was refused has no candidates, and none will come.
    if (known.length === 0 && isText(reason) && !reason.endsWith('_UNSPECIFIED')) this.#blockReason = wordOf(reason)
    let hasModelData = false
    let hasChanged = false
    for (const candidate of known) {
      if (contentOf(candidate).length > 0) hasModelData = true
      if (!this.#candidates.apply(candidate)) continue
      hasChanged = true
      this.plainEvents.forget(indexOf(candidate))
    }
    if (hasModelData) this.#modelDataCount++
    this.#state = this.#stateIn(this.#phase())
    // What has changed nothing will change nothing when it comes again. The first element of an array always changes something.
    if (hasModelData && !hasChanged) this.plainEvents.learn(unit, chunk)
  }

  #phase(): StreamState {
    if (this.#blockReason !== undefined) return { phase: 'stopping', stopReason: this.#blockReason }
    if (!this.#candidates.hasBegun) return { phase: 'idle' }
    const { openCalls, progress, reason } = this.#candidates
    if (openCalls.length > 0) return { phase: 'block', blocks: new Map(openCalls.map((at) => [at, 'functionCall'])) }
    return progress === 'final' ? { phase: 'stopping', stopReason: reason } : { phase: 'open' }
  }

  #stateIn(phase: StreamState): GeminiState {
    const { unfinished, progress, truncationHarm } = this.#candidates
    return { ...phase, body: this.#body, unfinished, answers: progress, truncationHarm }
  }
}
