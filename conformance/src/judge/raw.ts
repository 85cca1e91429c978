import { headerOf } from '../run/parse-head.ts'
import { statusOf } from './answer-end.ts'
import type { DialectRules } from './dialect.ts'
import { answeringRequest, jsonBody, type ExchangeEvidence } from './evidence.ts'
import { judgeEachExchange, type Judge } from './finding.ts'

const HOW = { fin: 'a FIN', rst: 'a reset', broken: 'malformed bytes' } as const

/** RAW-1: a response that began has complete framing. Bodies that cannot carry an error are exempt: there an incomplete framing is the truth. */
export const judgeRaw1: Judge = judgeEachExchange(({ exchange, body, outcome }, { trace }) => {
  const { ending, head } = exchange
  if (head === undefined || trace.dialect === 'opaque' || outcome === 'incomplete') return undefined
  if (ending.kind !== 'fin' && ending.kind !== 'rst' && ending.kind !== 'broken') return undefined
  return `${HOW[ending.kind]} after ${body.length} body bytes, framing incomplete`
})

/** RAW-2: where the client got no stream, it got an HTTP answer in its dialect. */
export const judgeRaw2: Judge = judgeEachExchange((exchange, { rules }) => {
  const { ending, head } = exchange.exchange
  if (ending.kind === 'left' || ending.kind === 'hang') return undefined
  if (head === undefined) return 'the connection was closed without a response'
  const answer = answeringRequest(exchange)
  // What the upstream itself said is no failure before the head.
  if (answer !== undefined && (head.status < 400 || head.status === statusOf(answer.sentHead))) return undefined
  return objectToFailureResponse(exchange, head.status, rules)
})

function objectToFailureResponse(
  { exchange, body }: ExchangeEvidence,
  status: number,
  rules: DialectRules,
): string | undefined {
  if (!rules.failureStatuses.includes(status)) return `status ${status}, not one of ${rules.failureStatuses.join(', ')}`
  const type = exchange.head === undefined ? undefined : headerOf(exchange.head, 'content-type')
  if (type?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json')
    return `status ${status} with content-type ${type}, not JSON`
  return rules.isErrorBody(jsonBody(body))
    ? undefined
    : `status ${status} whose body is not the dialect's error: ${body.toString('utf8').slice(0, 80)}`
}
