import { splitBlocks } from './sse-blocks.ts'
import type { DialectRules } from './dialect.ts'
import { clientEvents } from './evidence.ts'
import { judgeEachExchange, type Judge } from './finding.ts'
import type { StreamEvent } from './dialect.ts'

/** TERM-1: a stream that began has a terminal event. Answers that are no stream have none. */
export const judgeTerm1: Judge = judgeEachExchange(({ isStream, exchange, match }, { rules }) => {
  if (!isStream || exchange.ending.kind === 'left') return undefined
  const events = clientEvents(match)
  if (events.some(({ event }) => isTerminal(rules, event))) return undefined
  return `the stream ended (${exchange.ending.kind}) after ${events.length} events without a terminal event`
})

/** TERM-2: one terminal event, and not even a comment after it. None at all is TERM-1's business. */
export const judgeTerm2: Judge = judgeEachExchange(({ isStream, body }, { rules }) => {
  if (!isStream) return undefined
  const { blocks, tail } = splitBlocks(body)
  const first = blocks.findIndex(({ event }) => event !== undefined && isTerminal(rules, event))
  if (first < 0) return undefined
  const after =
    blocks
      .slice(first + 1)
      .map(({ bytes }) => bytes)
      .join('') + tail
  return after === ''
    ? undefined
    : `after the terminal event "${blocks[first]?.event?.name}" came ${JSON.stringify(after.slice(0, 120))}`
})

/** Whether an event ends a stream, well or badly. */
export function isTerminal(rules: DialectRules, event: StreamEvent): boolean {
  const meaning = rules.meaningOf(event)
  return meaning === 'success-terminal' || meaning === 'error-terminal'
}
