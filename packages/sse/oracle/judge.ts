import { FAULTS } from '@stopbit/faults'
import type { EndingPolicy } from '../src/index.ts'
import type { Observation } from './decoders/decoder.ts'
import type { FinalizedCut } from './finalize-cut.ts'
import { limitOf } from './limits.ts'
import type { CutFacts } from './streams/cut-facts.ts'

/** What a cut may come to: these columns of the table may hold any number. */
export const ALLOWED = ['typed error', 'kept partial', 'truncated', 'completed', 'listed limit'] as const

/** What a cut must never come to: one of these columns above 0 fails the run. */
export const FORBIDDEN = [
  'SyntaxError',
  'silent success',
  'hang',
  'lost text',
  'unclosed call run',
  'other error',
  'touched',
] as const

/** A column of the table. */
export type Verdict = (typeof ALLOWED)[number] | (typeof FORBIDDEN)[number]

/** One cut as it was read by one client. */
export interface ReadCut {
  readonly decoderId: string
  readonly policy: EndingPolicy
  readonly facts: CutFacts & { readonly ifComplete: CutFacts }
  readonly finalized: FinalizedCut
  readonly observation: Observation
  /** The fault that the closing has to tell. */
  readonly faultKind: 'body-reset' | 'body-truncated'
  /** All bytes of the stream were delivered; then the cut must not show. */
  readonly isUncut: boolean
}

/** How the stop reasons that mean "cut short" read in each client. */
const TRUNCATION_REASONS = new Set(['max_tokens', 'length', 'incomplete', 'MAX_TOKENS'])

/**
 * Says what a read comes to. Only the facts of the stream and the client's own word count; what the finalizer says of
 * itself is used for one thing alone, to tell a kept partial from a plain error.
 */
export function judge(read: ReadCut): Verdict {
  const verdict = judgeStrictly(read)
  return limitOf(read, verdict) === undefined ? verdict : 'listed limit'
}

/** The same without the listed limits. */
function judgeStrictly(read: ReadCut): Verdict {
  const verdict = judgeAgainst(read, read.facts)
  const isForbidden = FORBIDDEN.some((column) => column === verdict)
  return isForbidden && read.observation.outcome === 'completed' ? judgeAgainst(read, read.facts.ifComplete) : verdict
}

function judgeAgainst(read: ReadCut, facts: CutFacts): Verdict {
  const { observation, isUncut } = read
  if (observation.outcome === 'hang') return 'hang'
  if (!observation.executed.every((call) => facts.closed.includes(call))) return 'unclosed call run'
  if (observation.outcome === 'syntax-error') return 'SyntaxError'
  if (observation.outcome === 'silent-success') return 'silent success'
  if (isUncut && observation.outcome !== 'completed') return 'touched'
  if (!sameText(observation.text, facts.text)) return 'lost text'
  if (observation.outcome === 'completed') return judgeCompletion(read, facts)
  if (observation.outcome !== 'typed-error' || observation.requestCount > 1) return 'other error'
  if (!saysOurSentence(read)) return 'other error'
  return read.finalized.ending === 'kept-partial' ? 'kept partial' : 'typed error'
}

function judgeCompletion({ observation, policy }: ReadCut, facts: CutFacts): Verdict {
  if (facts.mayBeComplete) return 'completed'
  const isTruncated = policy === 'truncate' && observation.stopReasons.some((reason) => TRUNCATION_REASONS.has(reason))
  return isTruncated && facts.locks.length === 0 ? 'truncated' : 'silent success'
}

function saysOurSentence({ observation, faultKind }: ReadCut): boolean {
  return observation.message.includes(FAULTS[faultKind].sentence)
}

function sameText(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index])
}
