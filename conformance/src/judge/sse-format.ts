import { judgeEachExchange, type Judge } from './finding.ts'
import { parseEventStream, splitBlocks } from './sse-blocks.ts'

/** SSE-1: the whole body parses, and ends on an event boundary. */
export const judgeSse1: Judge = judgeEachExchange(({ isStream, exchange, body }, { trace }) => {
  if (!isStream || exchange.ending.kind === 'left') return undefined
  const { events, problems } = parseEventStream(body)
  if (problems[0] !== undefined) return `a line that is no field: ${problems[0]}`
  const noJson =
    trace.dialect === 'opaque' ? undefined : events.find(({ data, text }) => data === undefined && text !== '[DONE]')
  if (noJson !== undefined)
    return `an event "${noJson.name}" whose data is no JSON: ${JSON.stringify(noJson.text.slice(0, 120))}`
  const { tail } = splitBlocks(body)
  return tail === '' ? undefined : `the body ends inside an event: ${JSON.stringify(tail.slice(-60))}`
})
