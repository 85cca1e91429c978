import { FAULTS } from '@stopbit/faults'
import type { ReadCut, Verdict } from './judge.ts'

/** The name of a limit. */
export type LimitId =
  | 'ai-chat-goes-on-from-an-open-call'
  | 'run-tools-throws-on-length'
  | 'ai-anthropic-rejects-unknown-events'
  | 'responses-stream-rejects-unknown-events'
  | 'genai-resumes-by-itself'

/** Something that a client does whatever ends its stream; no closing can keep it from that. */
export interface ClientLimit {
  readonly id: LimitId
  /** The decoder that has it. */
  readonly decoder: string
  /** What the client does, and why no closing helps. */
  readonly what: string
  /** Where it was measured before. */
  readonly source: string
  /** The only columns that it may take cuts from. A call that ran unclosed is no limit, whatever the client. */
  readonly covers: readonly Exclude<Verdict, 'unclosed call run' | 'hang' | 'silent success' | 'SyntaxError'>[]
  /** Whether the read shows this limit and nothing else. */
  applies(read: ReadCut): boolean
}

/** Every limit that a cut may come to. Each has a test that shows the bare client doing the same without our finalizer. */
export const CLIENT_LIMITS: readonly ClientLimit[] = [
  {
    id: 'ai-chat-goes-on-from-an-open-call',
    decoder: 'ai streamText (openai-chat)',
    what: 'Its provider hands an open call out at any end of the stream, as a tool error, and asks for the next turn. The error is reported and nothing is executed.',
    source: 'measured with ai 6.0.326 and 7.0.173, November 2026',
    covers: ['other error'],
    applies: ({ observation, facts, faultKind }) =>
      observation.outcome === 'typed-error' &&
      observation.message.includes(FAULTS[faultKind].sentence) &&
      observation.requestCount === 2 &&
      observation.executed.length === 0 &&
      facts.locks.includes('tool-call'),
  },
  {
    id: 'run-tools-throws-on-length',
    decoder: 'openai chat runTools',
    what: 'Takes the finish reason `length` for an error of its own, with a text of its own. Only the policy `truncate` sends it.',
    source: 'measured with openai 7.55.0, November 2026',
    covers: ['other error'],
    applies: ({ observation, policy, finalized }) =>
      policy === 'truncate' &&
      finalized.ending === 'truncated' &&
      observation.message === 'Could not parse response content as the length limit was reached',
  },
  {
    id: 'ai-anthropic-rejects-unknown-events',
    decoder: 'ai streamText (anthropic-messages)',
    what: 'Reports an event of a type that it does not know as an error, also in a whole stream. The event is the upstream’s own and is passed on.',
    source: 'measured with @ai-sdk/anthropic 3.0.138, November 2026',
    covers: ['other error', 'touched'],
    applies: ({ observation, facts }) =>
      facts.hasUnknownEvent && observation.message.includes('No matching discriminator'),
  },
  {
    id: 'responses-stream-rejects-unknown-events',
    decoder: 'openai responses stream',
    what: 'Throws at an event of a type that it does not know, also in a whole stream. The event is the upstream’s own and is passed on.',
    source: 'measured with openai 6.49.0, November 2026',
    covers: ['other error', 'touched'],
    applies: ({ observation, facts }) =>
      facts.hasUnknownEvent && observation.message === 'Unhandled response stream event: unknown',
  },
  {
    id: 'genai-resumes-by-itself',
    decoder: '@google/genai generateContentStream',
    what: 'Behind a continuation token it takes our error for a reason to ask for the rest, and goes on with what it gets: that is why no finish reason is made up there.',
    source: 'read in @google/genai 2.32.0, StreamContinuation',
    covers: ['lost text'],
    applies: ({ observation, facts, finalized }) =>
      finalized.ending === 'error' &&
      facts.locks.includes('continuation') &&
      observation.requestCount === 2 &&
      (observation.text[0] ?? '').startsWith(facts.text[0] ?? ''),
  },
]

/** The limit that a read shows, if it shows one. */
export function limitOf(read: ReadCut, verdict: Verdict): ClientLimit | undefined {
  return CLIENT_LIMITS.find(
    (limit) =>
      limit.decoder === read.decoderId && limit.covers.some((column) => column === verdict) && limit.applies(read),
  )
}
