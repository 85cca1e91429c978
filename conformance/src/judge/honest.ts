import type { StreamEvent } from './dialect.ts'
import { clientEvents, type Evidence, type ExchangeEvidence } from './evidence.ts'
import { judgeEachExchange, type Judge } from './finding.ts'

/** HONEST-1: no invented success. The sentinel after the upstream's own stop reason is the one thing that may be added. */
export const judgeHonest1: Judge = judgeEachExchange((exchange, evidence) => {
  if (exchange.outcome === 'invented' && !exchange.isStream) return 'a 2xx answer that no upstream gave'
  const claim = inventedSuccess(exchange, evidence)
  if (claim === undefined) return undefined
  return isBareSentinel(exchange, evidence)
    ? undefined
    : `the target added "${claim.name}": ${claim.text.slice(0, 120)}`
})

/** HONEST-2: what the upstream left open of a tool call stays as it is, and no success follows. */
export const judgeHonest2: Judge = judgeEachExchange((exchange, evidence) => {
  const events = clientEvents(exchange.match)
  const open = evidence.rules.openToolCalls(events.flatMap(({ event, from }) => (from === 'upstream' ? [event] : [])))
  if (open.length === 0) return undefined
  for (const { event, from } of events) {
    const change = from === 'target' ? evidence.rules.changesToolCall(event, open) : undefined
    if (change !== undefined) return `the target ${change} the open tool call ${open.join(', ')}`
  }
  const claim = inventedSuccess(exchange, evidence)
  return claim === undefined ? undefined : `the target added "${claim.name}" while tool call ${open.join(', ')} is open`
})

function inventedSuccess({ match }: ExchangeEvidence, { rules }: Evidence): StreamEvent | undefined {
  return clientEvents(match).find(({ event, from }) => {
    const meaning = rules.meaningOf(event)
    return from === 'target' && (meaning === 'success-terminal' || meaning === 'stop-reason')
  })?.event
}

function isBareSentinel({ match }: ExchangeEvidence, { rules }: Evidence): boolean {
  const events = clientEvents(match)
  const upstreamStopped = events.some(
    ({ event, from }) => from === 'upstream' && rules.meaningOf(event) === 'stop-reason',
  )
  const added = events.filter(({ from }) => from === 'target')
  return upstreamStopped && added.length === 1
}
