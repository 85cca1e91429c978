import { isTerminal, type ExchangeEvidence } from './evidence.ts'
import type { DialectRules } from './dialect.ts'
import { judgeEachExchange, type Judge } from './finding.ts'

/**
 * PREFIX-1: nothing that the upstream completed is lost, changed or repeated, up to its terminal event: what follows that may be dropped. Where
 * the client got an error status no event was released, which is the trace's to allow (`expect.outcome`). A hang is judged all the
 * same: what came must be the prefix.
 */
export const judgePrefix1: Judge = judgeEachExchange((exchange, { trace, rules }) => {
  const { match, outcome, isStream } = exchange
  if (outcome === 'client-left' || exchange.exchange.head === undefined) return undefined
  if (outcome === 'error-status' && trace.expect.outcome.includes('error-status')) return undefined
  const owed = eventsOwed(exchange, rules)
  if (match.firstMissing !== undefined && match.matchedEvents < owed) {
    const missing = JSON.stringify(match.firstMissing.slice(0, 80))
    return `${match.matchedEvents} of ${owed} events arrived; the next one did not: ${missing}`
  }
  if (match.firstRepeated !== undefined)
    return `an event came more often than it was sent: ${JSON.stringify(match.firstRepeated.slice(0, 80))}`
  const promised = trace.expect.clientHasEvents ?? 0
  return isStream && match.matchedEvents < promised
    ? `${match.matchedEvents} events arrived, ${promised} were to be seen`
    : undefined
})

function eventsOwed({ match, asked }: ExchangeEvidence, rules: DialectRules): number {
  const meanings = rules.meaningsOf(match.sent, asked).map((meaning) => ({ meaning }))
  const terminal = meanings.findIndex(isTerminal)
  return terminal < 0 || rules.goesOnAfterTerminal ? match.sentEvents : terminal + 1
}
