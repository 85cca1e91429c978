import { judgeEachExchange, type Judge } from './finding.ts'

/**
 * PREFIX-1: nothing that the upstream completed is lost or changed. Where the client got an error status no event was released,
 * which is the trace's to allow (`expect.outcome`). A hang is judged all the same: what came must be the prefix.
 */
export const judgePrefix1: Judge = judgeEachExchange(({ match, outcome, isStream, exchange }, { trace }) => {
  if (outcome === 'client-left' || exchange.head === undefined) return undefined
  if (outcome === 'error-status' && trace.expect.outcome.includes('error-status')) return undefined
  if (match.firstMissing !== undefined) {
    const missing = JSON.stringify(match.firstMissing.slice(0, 80))
    return `${match.matchedEvents} of ${match.sentEvents} events arrived; the next one did not: ${missing}`
  }
  const promised = trace.expect.clientHasEvents ?? 0
  return isStream && match.matchedEvents < promised
    ? `${match.matchedEvents} events arrived, ${promised} were to be seen`
    : undefined
})
