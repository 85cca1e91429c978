import { findLeak } from '@stopbit/conformance'

/** Words that say something only alone, where the suite judges whole bodies; within what a client shows they are leaks too. */
const RUNTIME_WORDS = /\b(?:terminated|aborted|premature close|connection refused)\b/i

/** What of a text must not be there: a text of a runtime, or an address. */
export function leaksIn(text: string): string[] {
  return [findLeak(text), RUNTIME_WORDS.exec(text)?.[0]].filter((leak) => leak !== undefined)
}
