import { fail, judgeEachExchange, PASS, type Judge } from './finding.ts'

/** UP-1: how often the target asked, per request of the client. A declared `policy.retry` is the one exception. */
export const judgeUp1: Judge = judgeEachExchange(({ requests }, { trace, policyRetry }) => {
  const most = Math.max(trace.expect.upstreamRequests?.max ?? 1, policyRetry ?? 0)
  return requests.length <= most
    ? undefined
    : `the upstream got the request ${requests.length} times, at most ${most} allowed`
})

/** UP-2: each `expect-abort` of the script saw the target close in time. */
export const judgeUp2: Judge = ({ aborts }) => {
  if (aborts.length === 0)
    return { verdict: 'not-tested', because: 'no upstream connection was open when the client left' }
  const kept = aborts.find(({ afterMs }) => afterMs === undefined)
  if (kept !== undefined)
    return fail(`the upstream connection was still open ${kept.withinMs} ms after the client had left`)
  return { ...PASS, because: `closed after ${Math.round(Math.max(...aborts.map(({ afterMs }) => afterMs ?? 0)))} ms` }
}

/** UP-4: the body's digest at the upstream is the one that was sent. A body that was not read to its end is no evidence. */
export const judgeUp4: Judge = judgeEachExchange(({ exchange, requests }) => {
  const changed = requests.find(({ digest }) => digest !== undefined && digest !== exchange.requestDigest)
  return changed === undefined
    ? undefined
    : `the request body has digest ${changed.digest} at the upstream, ${exchange.requestDigest} at the client`
})
