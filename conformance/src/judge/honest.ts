import type { StreamEvent } from './dialect.ts'
import { upstreamEvents, type Evidence, type ExchangeEvidence } from './evidence.ts'
import { judgeEachExchange, type Finding, type Judge } from './finding.ts'

/**
 * HONEST-1: no invented success. The sentinel after the upstream's own stop reasons is the one thing that may be added. A target that
 * declares `policy.truncation: end-turn` says so openly: that is a deviation in its list, and never a pass.
 */
export const judgeHonest1: Judge = (evidence) => {
  const finding = judgeInvention(evidence)
  return finding.verdict === 'fail' && isDeclared(evidence)
    ? { verdict: 'not-applicable', because: `${DECLARED}: ${finding.because}` }
    : finding
}

/** Why what HONEST-1 would object to is a listed deviation. */
const DECLARED = 'the target declares policy.truncation "end-turn"'

/** Whether a success that the target adds is its declared policy: not while a tool call is open, where nothing is waived. */
export function isDeclared(evidence: Evidence): boolean {
  if (evidence.policyTruncation !== 'end-turn') return false
  const invented = evidence.exchanges.filter(({ outcome }) => outcome === 'invented')
  return (
    invented.length > 0 && invented.every((exchange) => exchange.isStream && openCalls(exchange, evidence).length === 0)
  )
}

const judgeInvention: (evidence: Evidence) => Finding = judgeEachExchange((exchange, evidence) => {
  if (exchange.outcome === 'invented' && !exchange.isStream) return 'a 2xx answer that no upstream gave'
  const claim = inventedSuccess(exchange)
  if (claim === undefined) return undefined
  return isBareSentinel(exchange, evidence)
    ? undefined
    : `the target added "${claim.name}": ${claim.text.slice(0, 120)}`
})

/** HONEST-2: what the upstream left open of a tool call stays as it is, and no success follows. */
export const judgeHonest2: Judge = judgeEachExchange((exchange, evidence) => {
  const open = openCalls(exchange, evidence)
  if (open.length === 0) return undefined
  for (const { event, from } of exchange.events) {
    const change = from === 'target' ? evidence.rules.changesToolCall(event, open) : undefined
    if (change !== undefined) return `the target ${change} the open tool call ${open.join(', ')}`
  }
  const claim = inventedSuccess(exchange)
  return claim === undefined ? undefined : `the target added "${claim.name}" while tool call ${open.join(', ')} is open`
})

/**
 * HONEST-3: only the model speaks for the model. An error that comes as its words is kept, and sent back to it with the next request. What the
 * upstream sent under a coding that it is not in was not readable, but it was said.
 */
export const judgeHonest3: Judge = judgeEachExchange(({ events, requests }, { rules }) => {
  const coded = Buffer.concat(requests.flatMap(({ codedParts }) => codedParts))
  const words = events.find(
    ({ event, from }) => from === 'target' && rules.hasModelData(event) && !coded.includes(event.text),
  )
  return words === undefined ? undefined : `the target added to the answer: ${words.event.text.slice(0, 120)}`
})

function openCalls({ events }: ExchangeEvidence, { rules }: Evidence): readonly string[] {
  return rules.openToolCalls(upstreamEvents(events))
}

function inventedSuccess({ events }: ExchangeEvidence): StreamEvent | undefined {
  return events.find(
    ({ from, meaning }) => from === 'target' && (meaning === 'success-terminal' || meaning === 'stop-reason'),
  )?.event
}

function isBareSentinel({ events, asked }: ExchangeEvidence, { rules }: Evidence): boolean {
  const added = events.filter(({ from }) => from === 'target')
  return (
    added.length === 1 &&
    added.every(({ event }) => rules.isSentinel(event)) &&
    rules.isStopped(upstreamEvents(events), asked)
  )
}
