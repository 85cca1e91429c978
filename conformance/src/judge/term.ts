import type { DialectRules } from './dialect.ts'
import { isTerminal, sentText, type ExchangeEvidence } from './evidence.ts'
import { judgeEachExchange, type Judge } from './finding.ts'
import type { ClientBlock } from './match-body.ts'

/** TERM-1: a stream that began has a terminal event. Answers that are no stream have none. */
export const judgeTerm1: Judge = judgeEachExchange(({ isStream, exchange, events }) => {
  if (!isStream || exchange.ending.kind === 'left') return undefined
  if (events.some(isTerminal)) return undefined
  return `the stream ended (${exchange.ending.kind}) after ${events.length} events without a terminal event`
})

/**
 * TERM-2: one terminal event, and not even a comment after it. None at all is TERM-1's business, and what the upstream itself sent
 * after its end is not the target's doing.
 */
export const judgeTerm2: Judge = judgeEachExchange((exchange, { rules }) => {
  if (!exchange.isStream) return undefined
  const first = exchange.events.findIndex(isTerminal)
  const terminal = exchange.events[first]
  if (terminal === undefined) return undefined
  const after = blocksAfter(exchange, first)
  const partner = after.findIndex(({ event }) => event !== undefined && rules.isOneEnding(terminal.event, event))
  const isOwed = upstreamsOwn(exchange, rules)
  // Where more may follow the terminal event the stream is still open, and may be silent. Nothing may follow an error.
  const isOpen = rules.goesOnAfterTerminal && terminal.meaning === 'success-terminal'
  const isAlive = (block: ClientBlock): boolean => isOpen && block.from === 'heartbeat'
  const added = after.filter((block, index) => index !== partner && !isAlive(block) && !isOwed(block))
  const text = added.map(({ bytes }) => bytes).join('') + exchange.match.clientTail
  return text === ''
    ? undefined
    : `after the terminal event "${terminal.event.name}" came ${JSON.stringify(text.slice(0, 120))}`
})

function blocksAfter({ match }: ExchangeEvidence, eventIndex: number): readonly ClientBlock[] {
  let seen = -1
  const at = match.client.findIndex(({ event }) => event !== undefined && (seen += 1) === eventIndex)
  return match.client.slice(at + 1)
}

/** Takes the blocks off what the upstream sent after its own terminal event; a comment has no order, so that its bytes must be found. */
function upstreamsOwn(exchange: ExchangeEvidence, rules: DialectRules): (block: ClientBlock) => boolean {
  const { match, asked } = exchange
  const meanings = rules.meaningsOf(match.sent, asked).map((meaning) => ({ meaning }))
  const terminal = meanings.findIndex(isTerminal)
  const left = terminal < 0 ? [] : match.sent.slice(terminal + 1).map(({ text }) => text)
  const sent = sentText(exchange)
  return ({ event, bytes }) => {
    if (event === undefined) return sent.includes(bytes)
    const index = left.indexOf(event.text)
    if (index < 0) return false
    left.splice(index, 1)
    return true
  }
}
