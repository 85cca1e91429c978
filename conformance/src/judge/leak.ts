import { findLeak, type Trace } from '@stopbit/traces'
import { sentText, type ExchangeEvidence } from './evidence.ts'
import { judgeEachExchange, type Judge } from './finding.ts'

/** LEAK-1: looks only at bytes that the upstream did not send, because a model may well write about ECONNRESET. */
export const judgeLeak1: Judge = judgeEachExchange((exchange, { trace, canary }) => {
  for (const text of addedTexts(trace, exchange)) {
    const leak = findLeak(text) ?? (text.includes(canary) ? 'the credential' : undefined)
    if (leak !== undefined) return `"${leak}" in what the target added: ${JSON.stringify(text.slice(0, 160))}`
  }
  return undefined
})

function addedTexts(trace: Trace, evidence: ExchangeEvidence): string[] {
  const { exchange, match, isStream, body } = evidence
  const sentLines = new Set(
    trace.upstream.connections.flatMap(({ script }) =>
      script.flatMap((step) => (step.do === 'send' && 'lines' in step ? step.lines : [])),
    ),
  )
  const lines = (exchange.head?.headers ?? []).map(([name, value]) => `${name}: ${value}`)
  const startLine = exchange.head?.startLine ?? ''
  // The reason phrase is free text; a target may give the upstream's on under another version of HTTP.
  const reason = startLine.replace(/^\S+ /, '')
  const upstreamsReason = [...sentLines].some((line) => line.startsWith('HTTP/') && line.endsWith(reason))
  const headers = [...lines.filter((line) => !sentLines.has(line)), ...(upstreamsReason ? [] : [reason])]
  const sent = sentText(evidence)
  if (!isStream) return [...headers, body.subarray(commonLength(body, sent)).toString('utf8')]
  const added = match.client.flatMap(({ bytes, event, from }) => (from === 'upstream' ? [] : [event?.text ?? bytes]))
  return [...headers, ...added, ...(sent.includes(match.clientTail) ? [] : [match.clientTail])]
}

/** How far a body is the upstream's own. */
function commonLength(body: Buffer, sent: string): number {
  const own = body.toString('latin1')
  let length = 0
  while (length < own.length && own[length] === sent[length]) length += 1
  return length
}
