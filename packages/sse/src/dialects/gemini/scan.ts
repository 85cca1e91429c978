import { readEvent } from '../../framing/read-event.ts'
import type { RequestFacts } from '../../request-facts.ts'
import type { Framing, Scanner, StreamState } from '../dialect.ts'
import { isUnderstood, toUnderstood } from './error-shape.ts'
import { isPlainText } from './plain-text.ts'

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

/** One `GenerateContentResponse`, as far as it is looked at. */
export interface GeminiChunk {
  readonly candidates?: unknown
  readonly promptFeedback?: { readonly blockReason?: unknown } | null
  readonly usageMetadata?: unknown
  readonly error?: unknown
}

interface WireCandidate {
  readonly index?: unknown
  readonly content?: { readonly parts?: unknown } | null
  readonly finishReason?: unknown
  readonly continuationToken?: unknown
}

type Part = Readonly<Record<string, unknown>>

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

/** Keys of a part that say something about its content and are none. */
const ABOUT_CONTENT = new Set(['thought', 'thoughtSignature', 'videoMetadata', 'partMetadata', 'mediaResolution'])

const decoder = new TextDecoder()

/** Follows a Gemini stream: idle → open ⇄ block → stopping, in array mode → done, or failed from anywhere. */
export class GeminiScanner implements Scanner<GeminiState> {
  readonly #choiceCount: number | undefined
  readonly #candidates = new Map<number, Candidate>()
  #hasContinuationToken = false
  #blockReason: string | undefined
  #body: BodyPosition
  /** A `]` was withheld because the answers had not ended. What still comes is no part of the array. */
  #isCutShort = false
  #state: GeminiState
  /** What the first candidate is in the middle of, if no other has begun: more of the same changes nothing. */
  #runningText: 'answer' | 'thought' | undefined
  #modelDataCount = 0

  constructor({ choiceCount }: RequestFacts, framing: Framing) {
    this.#choiceCount = choiceCount
    this.#body = framing === 'json-array' ? 'unopened-array' : 'event-stream'
    this.#state = this.#stateIn({ phase: 'idle' })
  }

  get state(): GeminiState {
    return this.#state
  }

  get modelDataCount(): number {
    return this.#modelDataCount
  }

  scan(bytes: Uint8Array, start: number, end: number): 'forward' | 'withhold' {
    if (this.#isCutShort) return 'withhold'
    const text = decoder.decode(bytes.subarray(start, end))
    if (this.#runningText !== undefined && isPlainText(text, this.#runningText, this.#body === 'event-stream')) {
      this.#modelDataCount++
      return 'forward'
    }
    return this.#body === 'event-stream' ? this.#scanEvent(text, bytes.subarray(start, end)) : this.#scanElement(text)
  }

  #scanEvent(text: string, bytes: Uint8Array): 'forward' | 'withhold' {
    const { name, data } = readEvent(bytes, 0, bytes.byteLength)
    // The API may drop out of the event stream and write its error as plain JSON; clients that read by the rules miss it.
    const chunk = parseChunk(data === '' ? text : data)
    if (name === 'error' || isError(chunk)) {
      const plain = text.trim()
      const told = plain.startsWith('data:') ? parseChunk(plain.slice(5))?.error : undefined
      return this.#fail(chunk?.error ?? data, isUnderstood(told))
    }
    if (chunk !== undefined && data !== '') this.#apply(chunk)
    return 'forward'
  }

  #scanElement(text: string): 'forward' | 'withhold' {
    const element = text.replace(/^\s*[[,]?\s*/, '')
    if (element.startsWith(']')) return this.#closeArray()
    const isAlone = this.#body === 'unopened-array' && text.trimStart().startsWith('{')
    const chunk = parseChunk(element)
    if (isError(chunk) && !isUnderstood(chunk?.error)) return this.#fail(chunk?.error, false)
    this.#body = isAlone ? 'closed' : 'open-array'
    if (isError(chunk)) return this.#fail(chunk?.error, true)
    this.#apply(chunk ?? {})
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
      return 'withhold'
    }
    this.#body = 'closed'
    this.#state = this.#stateIn({ phase: 'done' })
    return 'forward'
  }

  #fail(error: unknown, isTold: boolean): 'forward' | 'withhold' {
    const understood = toUnderstood(error)
    const errorType = wordOf(understood.status)
    const failed = { phase: 'failed', errorType } as const
    this.#state = this.#stateIn(isTold ? failed : { ...failed, untold: JSON.stringify({ error: understood }) })
    return isTold ? 'forward' : 'withhold'
  }

  #apply({ candidates, promptFeedback }: GeminiChunk): void {
    const known = Array.isArray(candidates) ? candidates.filter(isObject<WireCandidate>) : []
    const reason = promptFeedback?.blockReason
    // A prompt that was refused has no candidates, and none will come.
    if (known.length === 0 && isNonEmpty(reason) && !reason.endsWith('_UNSPECIFIED')) this.#blockReason = reason
    let hasModelData = false
    for (const candidate of known) if (this.#applyCandidate(candidate)) hasModelData = true
    if (hasModelData) this.#modelDataCount++
    this.#state = this.#stateIn(this.#phase())
    const first = this.#candidates.size === 1 ? this.#candidates.get(0) : undefined
    const isRunning = this.#state.phase === 'open' && first?.end === 'none'
    this.#runningText = isRunning && (first.tail === 'answer' || first.tail === 'thought') ? first.tail : undefined
  }

  /** Answers whether there was model data. */
  #applyCandidate({ index, content, finishReason, continuationToken }: WireCandidate): boolean {
    const at = typeof index === 'number' ? index : 0
    let { end, reason, talksOn, tail, call } = this.#candidates.get(at) ?? NOT_BEGUN
    if (isNonEmpty(continuationToken)) this.#hasContinuationToken = true
    const parts = Array.isArray(content?.parts) ? content.parts.filter(isObject<Part>) : []
    const withContent = parts.filter(hasContent)
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
    this.#candidates.set(at, { end, reason, talksOn, tail, call })
    return withContent.length > 0
  }

  #phase(): StreamState {
    if (this.#blockReason !== undefined) return { phase: 'stopping', stopReason: wordOf(this.#blockReason) }
    if (this.#candidates.size === 0) return { phase: 'idle' }
    const calls = [...this.#candidates].filter(([, { call }]) => call === 'open')
    if (calls.length > 0) return { phase: 'block', blocks: new Map(calls.map(([at]) => [at, 'functionCall'])) }
    const isWhole = [...this.#candidates.values()].every(hasStopped)
    if (!isWhole || this.#choiceCount === undefined || this.#lacksCandidates()) return { phase: 'open' }
    return { phase: 'stopping', stopReason: [...this.#candidates.values()][0]?.reason ?? '' }
  }

  #hasEnded(): boolean {
    const begun = [...this.#candidates.values()]
    return begun.length > 0 && begun.every(({ end }) => end !== 'none')
  }

  #lacksCandidates(): boolean {
    return this.#choiceCount !== undefined && this.#candidates.size < this.#choiceCount
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
    if (this.#choiceCount === undefined) return 'count-unknown'
    if (this.#hasContinuationToken) return 'continuation-token'
    if (begun.some(({ call }) => call !== 'none')) return 'function-call'
    if (begun.some(({ tail }) => tail === 'server-tool')) return 'server-tool'
    if (begun.some(({ tail, end }) => tail === 'thought' && end !== 'stop')) return 'thought'
    return this.#lacksCandidates() ? 'candidate-missing' : undefined
  }
}

/** The JSON object in a text, or `undefined`. */
export function parseChunk(text: string): GeminiChunk | undefined {
  try {
    const chunk: unknown = JSON.parse(text)
    return isObject<GeminiChunk>(chunk) ? chunk : undefined
  } catch {
    return undefined
  }
}

function hasStopped({ end, talksOn }: Candidate): boolean {
  return end === 'stop' && !talksOn
}

/** Text, function calls, code and data of any kind are model data; an empty text and a signature are not. */
function hasContent(part: Part): boolean {
  return Object.entries(part).some(([key, value]) => !ABOUT_CONTENT.has(key) && value !== '' && value !== null)
}

function tailOf(part: Part): Candidate['tail'] {
  if (part['thought'] === true) return 'thought'
  return 'executableCode' in part || 'toolCall' in part ? 'server-tool' : 'answer'
}

/** Arguments may be streamed in pieces; the last piece does not say that more will come. Source: `FunctionCall` of the SDK. */
function isPartial(call: Part): boolean {
  if (call['willContinue'] === true) return true
  const args = Array.isArray(call['partialArgs']) ? call['partialArgs'] : []
  return args.some((arg: unknown) => isObject<Part>(arg) && arg['willContinue'] === true)
}

/** Whether a chunk is, or holds, an error of the upstream. */
export function isError(chunk: GeminiChunk | undefined): boolean {
  return chunk?.error !== undefined && chunk.error !== null
}

function isObject<T extends object>(value: unknown): value is T {
  return typeof value === 'object' && value !== null
}

function isNonEmpty(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** A word is passed on to the operator's record; anything that is not a short word is not. */
function wordOf(word: string): string {
  return /^[A-Z_]{1,60}$/.test(word) ? word : 'UNKNOWN'
}
