import type { Trace } from '@stopbit/traces'
import { sentText, type Evidence, type ExchangeEvidence } from './evidence.ts'
import { fail, PASS, type Finding, type Judge } from './finding.ts'
import { splitBlocks } from './sse-blocks.ts'

/** Bytes of half an event that are too many to be a coincidence. */
const TELLING_BYTES = 8

/**
 * CONN-3: what comes on a client connection after a failure, or after an answer with something behind it, is the next request's own.
 * A target may close the connection instead.
 */
export const judgeConn3: Judge = (evidence) => {
  const { exchanges, trace } = evidence
  const connections = connectionsOf(trace)
  if (trace.sweep !== undefined) return nothingToSee('the trace is a sweep')
  let judged: Finding = nothingToSee('no client connection carries two requests')
  for (const [index, { exchange }] of exchanges.entries()) {
    if (exchange.strayBytes > 0)
      return fail(`${exchange.strayBytes} bytes came between the response to ${exchange.id} and the next request`)
    const next = connections.findIndex((name, at) => at > index && name === connections[index])
    const following = exchanges[next]
    if (next < 0) continue
    const foreign = following === undefined ? undefined : foreignPart(following, exchanges)
    if (foreign !== undefined) return fail(foreign)
    judged = following === undefined ? { verdict: 'pass', because: 'the target closed the connection' } : PASS
  }
  return judged
}

function nothingToSee(because: string): Finding {
  return { verdict: 'not-tested', because }
}

/** The client's connection of each request, in order. */
function connectionsOf({ client }: Trace): readonly string[] {
  return client.flatMap((step) => (step.do === 'request' ? [step.conn] : []))
}

function foreignPart(own: ExchangeEvidence, exchanges: Evidence['exchanges']): string | undefined {
  const ownText = sentText(own)
  const body = own.body.toString('latin1')
  for (const other of exchanges.filter((one) => one !== own)) {
    const sent = sentText(other)
    const { blocks, tail } = splitBlocks(Buffer.from(sent, 'latin1'))
    const parts = own.isStream
      ? [...blocks.flatMap(({ bytes, event }) => (event === undefined ? [] : [bytes])), tail]
      : [body].filter((text) => sent.includes(text))
    const part = parts.find((text) => text.length >= TELLING_BYTES && body.includes(text) && !ownText.includes(text))
    if (part !== undefined)
      return `the response to ${own.exchange.id} holds what was sent for ${other.exchange.id}: ${JSON.stringify(part.slice(0, 80))}`
  }
  return undefined
}
