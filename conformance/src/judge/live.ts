import { LIVE_SILENCE_MS } from '@stopbit/traces'
import { judgeEachExchange, type Judge } from './finding.ts'

/** What a timer of a busy machine may be late, not scaled. */
const JITTER_MS = 150

/** LIVE-1: no gap between the bytes at the client, from the request to the end, is longer than 15 s (scaled). */
export const judgeLive1: Judge = judgeEachExchange(({ exchange }, { scale }) => {
  const { ending, requestedAt, byteTimes } = exchange
  const end = ending.kind === 'open' ? (byteTimes.at(-1) ?? requestedAt) : ending.at
  const times = [requestedAt, ...byteTimes, end]
  const longest = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)))
  const allowed = LIVE_SILENCE_MS * scale + JITTER_MS
  return longest <= allowed
    ? undefined
    : `${Math.round(longest)} ms without a byte, ${Math.round(allowed)} ms allowed at scale ${scale}`
})
