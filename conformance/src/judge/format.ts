import { isAnswerWhole, statusOf } from './answer-end.ts'
import type { UpstreamRequest } from '../run/records.ts'
import { answeringRequest, isEndedByFraming, jsonBody } from './evidence.ts'
import { judgeEachExchange, type Judge } from './finding.ts'
import { arrayEnding } from './json-array.ts'

/** A reset takes with it what is still on the way. */
function mayBeLost(answer: UpstreamRequest): boolean {
  return answer.wasReset === true || isAnswerWhole(answer) === false
}

/**
 * FMT-1: a body that is no event stream, or one of which nothing is known, is the upstream's own bytes and nothing else; where it was
 * cut, its framing stays incomplete. An error status in its place is RAW-2's business, also where it is the one that the upstream
 * itself gave to an error that did not come whole.
 */
export const judgeFmt1: Judge = judgeEachExchange((exchange, { trace, rules }) => {
  const { ending, head } = exchange.exchange
  const answer = answeringRequest(exchange)
  if (head === undefined || answer === undefined || !isEndedByFraming(exchange, trace)) return undefined
  if (head.status !== statusOf(answer.sentHead)) return undefined
  if (head.status >= 400 && mayBeLost(answer) && rules.isErrorBody(jsonBody(exchange.body))) return undefined
  const sent = Buffer.concat(answer.sentParts)
  const { body } = exchange
  // A stream that comes as one JSON array has room for an error at its end, or for the bracket that is missing.
  const ended = arrayEnding(sent, body, { rules, asked: exchange.asked })
  if (ended === 'error' || ended === 'bracket') return undefined
  if (!sent.subarray(0, body.length).equals(body)) {
    const at = body.findIndex((byte, index) => byte !== sent[index])
    return `bytes that the upstream did not send, from byte ${at} on: ${JSON.stringify(body.toString('utf8', at, at + 100))}`
  }
  if (ending.kind !== 'complete' || isAnswerWhole(answer) !== false) return undefined
  return `the ${body.length} bytes of a body that was cut were ended as if it were whole`
})
