import { readEvent } from '../../framing/read-event.ts'
import type { RequestFacts } from '../../request-facts.ts'
import type { Framing, Scanner, StreamState } from '../dialect.ts'
import { PlainEvents } from '../plain-events.ts'
import { toErrorData } from '../upstream-error.ts'
import {
  contentOf,
  type GeminiChunk,
  hasWholeData,
  indexOf,
  isError,
  isNonEmpty,
  isObject,
  isPartial,
  parseChunk,
  type Part,
  plainReader,
  type WireCandidate,
  withoutSeparator,
} from './chunk.ts'
import { isUnderstood, toUnderstood } from './error-shape.ts'

/** Where the body stands: a stream of events, or a JSON array before its `[`, behind an element, or behind its `]`. */
export type BodyPosition = 'event-stream' | 'unopened-array' | 'open-array' | 'closed'

/** Why a graceful end would do harm: clients would resume, run or keep what is not whole. */
export type TruncationHarm =
  | 'count-unknown'
  | 'candidate-missing'
  | 'continuation-token'
  | 'function-call'
  | 'server-tool'
  | 'thought'

interface GeminiFacts {
  readonly body: BodyPosition
  /** Indexes of the candidates that have begun and have no final finish reason. */
  readonly unfinished: readonly number[]
  /**
   * Every candidate that was asked for says that it has ended, if only for now; where that number is unknown, every one that
   * has begun. A clean end of the body is then its own. With fewer it is taken for a cut: half an answer must not pass for a
   * whole one. Only the `]` of an array says by itself that no more will come.
   */
  readonly hasItsOwnEnd: boolean
  /** `undefined` if nothing speaks against a graceful end. */
  readonly truncationHarm: TruncationHarm | undefined
}

/** The state of a Gemini stream, with what its closing needs to know. */
export type GeminiState = StreamState & GeminiFacts

/** One answer. `pause` is a finish reason that lets the client go on; `stop` is a final one. */
interface Candidate {
  readonly end: 'none' | 'pause' | 'stop'
  readonly reason: string
  /** Content has followed a final reason: early models put one into every chunk. Only the end of the body counts then. */
  readonly talksOn: boolean
  readonly tail: 'none' | 'answer' | 'thought' | 'server-tool'
  readonly call: 'none' | 'open' | 'whole'
}

const NOT_BEGUN: Candidate = { end: 'none', reason: '', talksOn: false, tail: 'none', call: 'none' }

const decoder = new TextDecoder()

/** Follows a Gemini stream: idle → open ⇄ block → stopping, in array mode → done, or failed from anywhere. */
export class GeminiScanner implements Scanner<GeminiState> {
  readonly plainEvents: PlainEvents<GeminiChunk>
  readonly #framing: Framing
  readonly #request: RequestFacts
  readonly #candidates = new Map<number, Candidate>()
  #hasContinuationToken = false
  #blockReason: string | undefined
  #body: BodyPosition
  /** A `]` was withheld because the answers had not ended. What still comes is no part of the array. */
  #isCutShort = false
  #state: GeminiState
  #modelDataCount = 0

  constructor(request: RequestFacts, framing: Framing) {
    this.#framing = framing
    this.#request = request
    this.plainEvents = new PlainEvents(framing, plainReader(framing))
    this.#body = framing === 'json-array' ? 'unopened-array' : 'event-stream'
    this.#state = this.#stateIn({ phase: 'idle' })
  }

  get state(): GeminiState {
    return this.#state
  }

  get modelDataCount(): number {
    return this.#modelDataCount + this.plainEvents.count
  }

  scan(bytes: Uint8Array, start: number, end: number): 'forward' | 'withhold' {
    if (this.#isCutShort) return 'withhold'
    if (this.plainEvents.match(bytes, start, end)) return 'forward'
    const unit = bytes.subarray(start, end)
    return this.#body === 'event-stream' ? this.#scanEvent(unit) : this.#scanElement(unit)
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
    return (behind.state.phase === 'stopping' || behind.state.hasItsOwnEnd) && hasWholeData(event)
  }

  #copy(): GeminiScanner {
    const copy = new GeminiScanner(this.#request, this.#framing)
    for (const [at, candidate] of this.#candidates) copy.#candidates.set(at, candidate)
    copy.#hasContinuationToken = this.#hasContinuationToken
    copy.#blockReason = this.#blockReason
    copy.#body = this.#body
    copy.#isCutShort = this.#isCutShort
    copy.#state = this.#state
    return copy
  }

  #scanEvent(unit: Uint8Array): 'forward' | 'withhold' {
    const { name, data } = readEvent(unit, 0, unit.byteLength)
    const text = decoder.decode(unit)
    // The API may drop out of the event stream and write its error as plain JSON; clients that read by the rules miss it.
    const chunk = parseChunk(data === '' ? text : data)
    if (name === 'error' || isError(chunk)) {
      const plain = text.trim()
      const told = plain.startsWith('data:') ? parseChunk(plain.slice(5))?.error : undefined
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
    const chunk = parseChunk(element)
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
    if (this.#state.phase !== 'stopping' && !this.#hasEnded()) {
      this.#isCutShort = true
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
    const known = Array.isArray(candidates) ? candidates.filter(isObject<WireCandidate>) : []
    const reason = promptFeedback?.blockReason
    // A prompt that was refused has no candidates, and none will come.
    if (known.length === 0 && isNonEmpty(reason) && !reason.endsWith('_UNSPECIFIED')) this.#blockReason = reason
    let hasModelData = false
    let hasChanged = false
    for (const candidate of known) {
      const at = indexOf(candidate)
      const last = this.#candidates.get(at) ?? NOT_BEGUN
      const next = this.#follow(last, candidate)
      if (contentOf(candidate).length > 0) hasModelData = true
      this.#candidates.set(at, next)
      if (isSame(last, next)) continue
      hasChanged = true
      this.plainEvents.forget(at)
    }
    if (hasModelData) this.#modelDataCount++
    this.#state = this.#stateIn(this.#phase())
    // What has changed nothing will change nothing when it comes again. The first element of an array always changes something.
    if (hasModelData && !hasChanged) this.plainEvents.learn(unit, chunk)
  }

  #follow(last: Candidate, candidate: WireCandidate): Candidate {
    const { finishReason, continuationToken } = candidate
    let { end, reason, talksOn, tail, call } = last
    if (isNonEmpty(continuationToken)) this.#hasContinuationToken = true
    const withContent = contentOf(candidate)
    for (const part of withContent) {
      tail = tailOf(part)
      if (isObject<Part>(part['functionCall'])) call = isPartial(part['functionCall']) ? 'open' : 'whole'
    }
    if (withContent.length > 0) {
      talksOn ||= end === 'stop'
      end = 'none'
    }
    if (isNonEmpty(finishReason) && finishReason !== 'FINISH_REASON_UNSPECIFIED') {
      end = finishReason === 'CONTINUATION' ? 'pause' : 'stop'
      reason = wordOf(finishReason)
    }
    return { end, reason, talksOn, tail, call }
  }

  #phase(): StreamState {
    if (this.#blockReason !== undefined) return { phase: 'stopping', stopReason: wordOf(this.#blockReason) }
    if (this.#candidates.size === 0) return { phase: 'idle' }
    const calls = [...this.#candidates].filter(([, { call }]) => call === 'open')
    if (calls.length > 0) return { phase: 'block', blocks: new Map(calls.map(([at]) => [at, 'functionCall'])) }
    const isWhole = [...this.#candidates.values()].every(hasStopped)
    if (!isWhole || this.#request.choiceCount === undefined || this.#lacksCandidates()) return { phase: 'open' }
    return { phase: 'stopping', stopReason: [...this.#candidates.values()][0]?.reason ?? '' }
  }

  #hasEnded(): boolean {
    const begun = [...this.#candidates.values()]
    return begun.length > 0 && begun.every(({ end }) => end !== 'none')
  }

  #lacksCandidates(): boolean {
    return this.#request.choiceCount !== undefined && this.#candidates.size < this.#request.choiceCount
  }

  #stateIn(phase: StreamState): GeminiState {
    const begun = [...this.#candidates]
    return {
      ...phase,
      body: this.#body,
      unfinished: begun.filter(([, candidate]) => !hasStopped(candidate)).map(([at]) => at),
      hasItsOwnEnd: this.#hasEnded() && !this.#lacksCandidates(),
      truncationHarm: this.#truncationHarm(),
    }
  }

  #truncationHarm(): TruncationHarm | undefined {
    const begun = [...this.#candidates.values()]
    if (this.#request.choiceCount === undefined) return 'count-unknown'
    if (this.#hasContinuationToken) return 'continuation-token'
    if (begun.some(({ call }) => call !== 'none')) return 'function-call'
    if (begun.some(({ tail }) => tail === 'server-tool')) return 'server-tool'
    if (begun.some(({ tail, end }) => tail === 'thought' && end !== 'stop')) return 'thought'
    return this.#lacksCandidates() ? 'candidate-missing' : undefined
  }
}

function isSame(a: Candidate, b: Candidate): boolean {
  return a.end === b.end && a.reason === b.reason && a.talksOn === b.talksOn && a.tail === b.tail && a.call === b.call
}

function hasStopped({ end, talksOn }: Candidate): boolean {
  return end === 'stop' && !talksOn
}

function tailOf(part: Part): Candidate['tail'] {
  if (part['thought'] === true) return 'thought'
  return 'executableCode' in part || 'toolCall' in part ? 'server-tool' : 'answer'
}

/** A word is passed on to the operator's record; anything that is not a short word is not. */
function wordOf(word: string): string {
  return /^[A-Z_]{1,60}$/.test(word) ? word : 'UNKNOWN'
}
