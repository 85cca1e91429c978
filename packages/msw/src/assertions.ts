import { findLeak, type Trace } from '@stopbit/traces'
import { partialTextOf } from './partial-text.ts'
import { MAX_TIMER_MS } from './pause.ts'

/** How an act of the client under test ended. */
export type Settled<T> =
  | { readonly how: 'resolved'; readonly value: T }
  | { readonly how: 'rejected'; readonly error: unknown }

/** A client under test did not do what a person needs. The message says what was expected and what was there. */
export class ClientAssertionError extends Error {
  override readonly name = 'ClientAssertionError'
}

/**
 * Waits until an act of the client under test is over, well or not, for at most `withinMs` milliseconds. The clock runs from the call.
 * Rejects with a `ClientAssertionError` when it goes on: a client that hangs is worse than one that fails. Rejects with a `RangeError` for
 * a time that no timer can take. The timer keeps the process alive, so that a script does not end before it; it ends with the act.
 */
export async function assertSettles<T>(act: PromiseLike<T>, withinMs: number): Promise<Settled<T>> {
  if (!(withinMs >= 0 && withinMs <= MAX_TIMER_MS))
    throw new RangeError(`withinMs must be a number from 0 to ${MAX_TIMER_MS}: ${withinMs}`)
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    const over = new ClientAssertionError(`Not settled within ${withinMs} ms`)
    timer = setTimeout(() => reject(over), withinMs)
  })
  const settled = Promise.resolve(act).then(
    (value): Settled<T> => ({ how: 'resolved', value }),
    (error: unknown): Settled<T> => ({ how: 'rejected', error }),
  )
  try {
    return await Promise.race([settled, limit])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Throws a `ClientAssertionError` unless `shown` holds the text that the trace's upstream sent before the failure. White space may
 * differ, for a page lays text out in its own way. `permutation` as in `partialTextOf()`.
 */
export function assertKeepsPartial(shown: string, trace: Trace, permutation?: string): void {
  const partial = partialTextOf(trace, permutation)
  if (partial === '')
    throw new ClientAssertionError(`Cannot look for a partial answer: ${trace.id} sends no text before its failure`)
  if (!words(shown).includes(words(partial)))
    throw new ClientAssertionError(`Expected the partial answer ${JSON.stringify(partial)} in ${JSON.stringify(shown)}`)
}

/**
 * Throws a `ClientAssertionError` unless `message` is for a person: words, and nothing of a runtime (its error texts, an errno, an
 * address, a path of a source file). The texts are those of LEAK-1 in the suite, and what browsers say. Give it the message alone, without the
 * model's text: a model may well write about ECONNRESET.
 */
export function assertReadable(message: string): void {
  const leak = findRawText(message)
  if (leak !== undefined)
    throw new ClientAssertionError(`Expected a message for people, found "${leak}" in ${JSON.stringify(message)}`)
  if (!TWO_WORDS.test(message))
    throw new ClientAssertionError(`Expected a message for people, got ${JSON.stringify(message)}`)
}

/** What `fetch` says in Chromium, Firefox and Safari, and words that say something to developers alone. */
const BROWSER_TEXTS =
  /Failed to fetch|NetworkError when attempting to fetch resource|Load failed|The network connection was lost|net::ERR_\w+|Error in input stream|\bTypeError\b|\bterminated\b|\baborted\b|\bconnection refused\b|\[object Object\]|\bundefined\b|^\s*(?:error:\s*)?network error[.!]?\s*$/i

/** Between two words is white space, but not in every script: there three characters are more than one short word. */
const TWO_WORDS =
  /\p{L}\p{M}*\s+\p{L}|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}]{3}/u

/** The first text in `message` that only a runtime writes; undefined when there is none. */
export function findRawText(message: string): string | undefined {
  return findLeak(message) ?? BROWSER_TEXTS.exec(message)?.[0]
}

function words(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
