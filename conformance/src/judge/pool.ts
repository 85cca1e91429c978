import type { UpstreamRequest } from '../run/records.ts'
import type { Evidence, ExchangeEvidence } from './evidence.ts'
import { fail, PASS, type Judge } from './finding.ts'

/** UP-3: no request comes on a connection after it saw the fault. */
export const judgeUp3: Judge = (evidence) => {
  const requests = allRequests(evidence)
  const faults = requests.flatMap(({ connection: { faultAt } }) => (faultAt === undefined ? [] : [faultAt]))
  const later = requests.filter(({ at }) => faults.some((faultAt) => at > faultAt))
  if (later.length === 0) return { verdict: 'not-tested', because: 'no request reached the upstream after the fault' }
  const reused = later.find(({ at, connection: { faultAt } }) => faultAt !== undefined && at > faultAt)
  if (reused === undefined) return PASS
  return fail(
    `request ${reused.id ?? 'without a mark'} came on the connection that had failed ${Math.round(reused.at - (reused.connection.faultAt ?? 0))} ms before`,
  )
}

/** So many exchanges it takes to tell a leak from a connection that a pool keeps. */
const ENOUGH_EXCHANGES = 5

/** A connection that a pool opens ahead. */
const SPARE = 1

/** ALIVE-2: a pool keeps at most as many connections as were in use at the same time. */
export const judgeAlive2: Judge = (evidence) => {
  const { exchanges } = evidence
  if (exchanges.length < ENOUGH_EXCHANGES)
    return { verdict: 'not-tested', because: `${exchanges.length} exchanges, ${ENOUGH_EXCHANGES} would tell` }
  const connections = new Set(allRequests(evidence).map(({ connection }) => connection))
  const open = new Set(exchanges.flatMap(({ keptConnections }) => keptConnections)).size
  const most = mostAtOnce(exchanges) + SPARE
  return open <= most
    ? { ...PASS, because: `${open} of ${connections.size} upstream connections are open` }
    : fail(
        `${open} upstream connections are open after ${exchanges.length} exchanges, at most ${most} were of use at once`,
      )
}

function mostAtOnce(exchanges: readonly ExchangeEvidence[]): number {
  const spans = exchanges.map(({ exchange: { requestedAt, ending } }) => ({
    from: requestedAt,
    to: ending.kind === 'open' ? Infinity : ending.at,
  }))
  return Math.max(...spans.map(({ from }) => spans.filter((span) => span.from <= from && from < span.to).length))
}

function allRequests({ exchanges }: Evidence): readonly UpstreamRequest[] {
  return exchanges.flatMap(({ requests }) => requests)
}
