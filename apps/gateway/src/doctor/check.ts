/** What the doctor looks at, in this order. The last two need a probe at the far end. */
export type CheckName = 'dns' | 'connection' | 'tls' | 'headers' | 'buffering' | 'silence'

/** What one look has shown. */
export interface Check {
  readonly name: CheckName
  /** Which of the two paths was looked at. */
  readonly path: 'upstream' | 'probe'
  /** `found`: something that breaks streams, or soon will. `skipped`: an earlier finding is in the way. */
  readonly verdict: 'fine' | 'found' | 'skipped'
  /** For a person, on one line. */
  readonly sentence: string
  /** What to change, the likeliest first; empty if nothing is to be done. */
  readonly advice: readonly string[]
  /** The measurements behind the sentence. Durations end in `Ms`. */
  readonly facts: Readonly<Record<string, unknown>>
}

/** A check without the names that its caller gives it. */
export type Finding = Omit<Check, 'name' | 'path'>

/** Nothing to be done. */
export function fine(sentence: string, facts: Check['facts'] = {}): Finding {
  return { verdict: 'fine', sentence, advice: [], facts }
}

/** Something to be done. */
export function found(sentence: string, advice: readonly string[], facts: Check['facts'] = {}): Finding {
  return { verdict: 'found', sentence, advice, facts }
}
