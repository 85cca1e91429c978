import { setUpNeverCompletes } from '../never-connects.ts'
import { firstEvent } from './event-time.ts'
import { isTerminal } from './evidence.ts'
import { judgeEachExchange, type Judge } from './finding.ts'

/** From the terminal event to the end of the framing. Not scaled. */
const END_WITHIN_MS = 1_000

/** HANG-1: the client's wait was ended by the target and not by the runner's clock (`client-script.ts`). */
export const judgeHang1: Judge = judgeEachExchange(({ exchange: { ending } }) => {
  if (ending.kind === 'hang')
    return `still open ${Math.round(ending.waitedMs)} ms after the request, past every limit and the grace`
  return ending.kind === 'open' ? 'was still open when the trace was over' : undefined
})

/** HANG-2: the end follows the terminal event. A stream that has none, or breaks off after it, is for TERM-1 and RAW-1. */
export const judgeHang2: Judge = judgeEachExchange((exchange, { timeoutMultiplier }) => {
  const { ending } = exchange.exchange
  if (!exchange.isStream || (ending.kind !== 'complete' && ending.kind !== 'hang')) return undefined
  const index = exchange.events.findIndex(isTerminal)
  let seen = -1
  const terminal = index < 0 ? undefined : firstEvent(exchange.exchange, () => (seen += 1) === index)
  if (terminal === undefined) return undefined
  const tookMs = ending.at - terminal.at
  if (tookMs <= END_WITHIN_MS * timeoutMultiplier) return undefined
  const what = ending.kind === 'hang' ? 'was still open' : 'ended'
  return `the response ${what} ${Math.round(tookMs)} ms after the terminal event "${terminal.event.name}"`
})

/** HANG-3: as HANG-1, where what never comes is the connection. */
export const judgeHang3: Judge = (evidence) =>
  setUpNeverCompletes(evidence.trace)
    ? judgeHang1(evidence)
    : { verdict: 'not-tested', because: 'the trace lets the target connect' }
