import type { Question } from './ask.ts'
import { fine, found, type Finding } from './check.ts'
import { bufferingAdvice } from './fronts.ts'
import { watchStream, type Arrival, type WatchedStream } from './watch-stream.ts'
import { sayDuration } from '../status-page/browser/words.ts'

/** Events in the stream that is watched. */
const EVENTS = 5

/**
 * Whether events pass as they are sent. An event that waits on the path for longer than until the next one is sent was held
 * back, for nothing but buffering does that.
 *
 * @param options.gapMs from event to event; far more than what a path may delay.
 */
export async function checkBuffering({
  gapMs,
  ...question
}: Omit<Question, 'body'> & { gapMs: number }): Promise<Finding> {
  const timeoutMs = question.timeoutMs + gapMs * EVENTS
  const watched = await watchStream({ ...question, timeoutMs }, { gapsMs: Array<number>(EVENTS - 1).fill(gapMs) })
  if (watched.end !== 'whole') return notWhole(watched)
  const heldMs = longestHeldMs(watched.arrivals)
  const facts = { gapMs, heldMs, events: watched.arrivals.length, heartbeats: watched.heartbeats }
  if (heldMs < gapMs)
    return fine(`Each event arrives before the next one is sent (held for ${heldMs} ms at most).`, facts)
  const sentence = `Events are held back on the path: one waited for ${sayDuration(heldMs)}, while others were sent behind it.`
  return found(sentence, bufferingAdvice(watched.headers), facts)
}

/** Why a stream of a probe did not come whole, though nobody asked for a silence. */
export function notWhole({ end, status, code, endMs }: WatchedStream): Finding {
  const facts = { end, endMs: Math.round(endMs), ...(status !== undefined && { status }), ...(code && { code }) }
  if (end === 'refused') {
    const advice = ['Run `stopbit probe --port N` at the far end of the path, and point the path at it.']
    return found(`No probe answered, but something else did (status ${status}).`, advice, facts)
  }
  const unfinished = end === 'mute' ? 'stopped coming' : 'broke off'
  const how = code === 'timeout' ? 'did not begin in time' : unfinished
  return found(`The stream of the probe ${how}.`, ['Look at the log of what stands on the path at this time.'], facts)
}

/** What each event took, less what the quickest took: the way itself does not count. */
function longestHeldMs(arrivals: readonly Arrival[]): number {
  const tookMs = arrivals.map(({ atMs, sentMs }) => atMs - sentMs)
  return Math.round(Math.max(...tookMs) - Math.min(...tookMs))
}
