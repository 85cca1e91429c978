import { judgeEachExchange, type Judge } from './finding.ts'
import { parseEventStream, splitBlocks } from './sse-blocks.ts'

/** SSE-1: the whole body parses, and ends on an event boundary. */
export const judgeSse1: Judge = judgeEachExchange(({ isStream, exchange, body, match }, { trace }) => {
  if (!isStream || exchange.ending.kind === 'left') return undefined
  const { events, problems } = parseEventStream(body)
  if (problems[0] !== undefined) return `a line that is no field: ${problems[0]}`
  const noJson =
    trace.dialect === 'opaque' ? undefined : events.find(({ data, text }) => data === undefined && text !== '[DONE]')
  if (noJson !== undefined)
    return `an event "${noJson.name}" whose data is no JSON: ${JSON.stringify(noJson.text.slice(0, 120))}`
  const glued = match.client.find((block) => block.from === 'target' && isGlued(block.bytes, match.sentTail))
  if (glued !== undefined)
    return `half an event is glued to what the target added: ${JSON.stringify(glued.bytes.slice(0, 80))}`
  const { tail } = splitBlocks(body)
  return tail === '' ? undefined : `the body ends inside an event: ${JSON.stringify(tail.slice(-60))}`
})

/** Whether a block begins with the half line that the upstream sent last, and goes on with a line of its own. */
function isGlued(bytes: string, sentTail: string): boolean {
  if (sentTail === '' || /[\r\n]$/.test(sentTail) || !bytes.startsWith(sentTail)) return false
  return /^(event|data|id|retry):/.test(bytes.slice(sentTail.length))
}
