import { isObject, isText } from '../json.ts'
import { wordOf } from '../upstream-error.ts'
import { contentOf, indexOf, isPartial, type Part, UNNAMED_CANDIDATE, type WireCandidate } from './chunk.ts'

/**
 * How far the answers are, together.
 *
 * - `open`: none has begun, or one has not ended, or one that was asked for is missing.
 * - `ended`: each says that it has ended, if only for now. A clean end of the body is then its own.
 * - `final`: each has ended for good, and it is known that these are all.
 */
export type AnswerProgress = 'open' | 'ended' | 'final'

/** Why a graceful end would do harm: clients would resume, run or keep what is not whole. */
export type TruncationHarm =
  | 'count-unknown'
  | 'candidate-missing'
  | 'candidate-unnamed'
  | 'continuation-token'
  | 'function-call'
  | 'server-tool'
  | 'thought'

/** One answer. */
interface Candidate {
  /**
   * `paused` lets the client go on, `stopped` is a final finish reason. Early models put one into every chunk: content behind
   * it makes the candidate `reopened`, and no further reason is believed; only the end of the body counts then.
   */
  readonly phase: 'open' | 'paused' | 'stopped' | 'reopened' | 'stopped-again'
  readonly reason: string
  readonly tail: 'none' | 'answer' | 'thought' | 'server-tool'
  readonly call: 'none' | 'open' | 'whole'
}

const NOT_BEGUN: Candidate = { phase: 'open', reason: '', tail: 'none', call: 'none' }

/** Follows the candidates of one stream. */
export class Candidates {
  /** How many were asked for; `undefined` if that is unknown. */
  readonly #askedFor: number | undefined
  readonly #byIndex = new Map<number, Candidate>()
  #hasContinuationToken = false

  constructor(askedFor: number | undefined) {
    this.#askedFor = askedFor
  }

  copy(): Candidates {
    const copy = new Candidates(this.#askedFor)
    for (const [at, candidate] of this.#byIndex) copy.#byIndex.set(at, candidate)
    copy.#hasContinuationToken = this.#hasContinuationToken
    return copy
  }

  /** Whether it is another one now. */
  apply(candidate: WireCandidate): boolean {
    const at = indexOf(candidate)
    const last = this.#byIndex.get(at)
    const next = follow(last ?? NOT_BEGUN, candidate)
    if (isText(candidate.continuationToken)) this.#hasContinuationToken = true
    this.#byIndex.set(at, at === UNNAMED_CANDIDATE ? { ...next, phase: 'open' } : next)
    return !isSame(last ?? NOT_BEGUN, next)
  }

  get hasBegun(): boolean {
    return this.#byIndex.size > 0
  }

  /** The first one's finish reason. */
  get reason(): string {
    return [...this.#byIndex.values()][0]?.reason ?? ''
  }

  /** Indexes of those with a function call that comes in pieces. */
  get openCalls(): readonly number[] {
    return [...this.#byIndex].filter(([, { call }]) => call === 'open').map(([at]) => at)
  }

  /** Indexes of those that have begun and have no final finish reason. */
  get unfinished(): readonly number[] {
    return [...this.#byIndex].filter(([, { phase }]) => phase !== 'stopped').map(([at]) => at)
  }

  /** With fewer answers than were asked for it is `open`: half an answer must not pass for a whole one. */
  get progress(): AnswerProgress {
    if (!this.hasEnded || this.#lacksSome()) return 'open'
    return this.#askedFor !== undefined && this.unfinished.length === 0 ? 'final' : 'ended'
  }

  /** Each one that has begun says that it has ended, if only for now. */
  get hasEnded(): boolean {
    const isOpen = ({ phase }: Candidate): boolean => phase === 'open' || phase === 'reopened'
    return this.hasBegun && ![...this.#byIndex.values()].some(isOpen)
  }

  /** `undefined` if nothing speaks against a graceful end. */
  get truncationHarm(): TruncationHarm | undefined {
    const begun = [...this.#byIndex.values()]
    if (this.#askedFor === undefined) return 'count-unknown'
    if (this.#byIndex.has(UNNAMED_CANDIDATE)) return 'candidate-unnamed'
    if (this.#hasContinuationToken) return 'continuation-token'
    if (begun.some(({ call }) => call !== 'none')) return 'function-call'
    if (begun.some(({ tail }) => tail === 'server-tool')) return 'server-tool'
    if (begun.some(({ tail, phase }) => tail === 'thought' && phase !== 'stopped')) return 'thought'
    return this.#lacksSome() ? 'candidate-missing' : undefined
  }

  #lacksSome(): boolean {
    return this.#askedFor !== undefined && this.#byIndex.size < this.#askedFor
  }
}

function follow(last: Candidate, candidate: WireCandidate): Candidate {
  const { finishReason } = candidate
  let { phase, reason, tail, call } = last
  const withContent = contentOf(candidate)
  for (const part of withContent) {
    tail = tailOf(part)
    if (isObject(part['functionCall'])) call = isPartial(part['functionCall']) ? 'open' : 'whole'
  }
  if (withContent.length > 0) phase = BEHIND_CONTENT[phase]
  if (isText(finishReason) && finishReason !== 'FINISH_REASON_UNSPECIFIED') {
    phase = endOf(phase, finishReason)
    reason = wordOf(finishReason)
  }
  return { phase, reason, tail, call }
}

const BEHIND_CONTENT: Readonly<Record<Candidate['phase'], Candidate['phase']>> = {
  open: 'open',
  paused: 'open',
  stopped: 'reopened',
  reopened: 'reopened',
  'stopped-again': 'reopened',
}

function endOf(phase: Candidate['phase'], finishReason: string): Candidate['phase'] {
  if (phase === 'reopened' || phase === 'stopped-again') return 'stopped-again'
  return finishReason === 'CONTINUATION' ? 'paused' : 'stopped'
}

function isSame(a: Candidate, b: Candidate): boolean {
  return a.phase === b.phase && a.reason === b.reason && a.tail === b.tail && a.call === b.call
}

function tailOf(part: Part): Candidate['tail'] {
  if (part['thought'] === true) return 'thought'
  return 'executableCode' in part || 'toolCall' in part ? 'server-tool' : 'answer'
}
