import { setImmediate as turn } from 'node:timers/promises'
import { loadTrace } from '@stopbit/traces/data'
import { setupServer } from 'msw/node'
import { replay } from '../src/index.ts'
import { planReplay } from '../src/plan-replay.ts'
import { playAnswer } from '../src/play-answer.ts'

/*
 * A program, for a test runner has timers of its own: clients leave while the trace waits. Writes one line of JSON: how many timers
 * there were while each one waited, and right after it had left.
 */

const url = 'https://api.test'
const trace = await loadTrace('anthropic/stall-20s-one-chunk-rst')
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

/** Waits until there are so many timers, by turns of the event loop: what waits with a timer would count itself. */
async function countedTimers(wanted: number): Promise<number> {
  for (let turns = 0; turns < 20_000 && timers() !== wanted; turns += 1) await turn()
  return timers()
}

async function abortFetch(isHeadAwaited: boolean): Promise<number[]> {
  const server = setupServer(replay(trace, { url }))
  server.listen()
  const client = new AbortController()
  const asked = fetch(url, { method: 'POST', body: '{}', signal: client.signal })
  const read = (isHeadAwaited ? asked.then((response) => response.text()) : asked).catch((error: Error) => error)
  if (isHeadAwaited) await asked
  const during = await countedTimers(1)
  client.abort()
  await read
  const after = await countedTimers(0)
  server.close()
  return [during, after]
}

async function cancelBody(): Promise<number[]> {
  const [answer] = planReplay(trace).answers
  if (answer?.head === undefined) throw new TypeError('The trace has a head')
  const atOnce = { ...answer, head: { ...answer.head, after: { scaledMs: 0, fixedMs: 0, barriers: 0 } } }
  const { body } = await playAnswer(atOnce, new Request(url), { scale: 1, barrierMs: 50 })
  const reader = body?.getReader()
  await reader?.read() // the empty chunk that lets MSW send the head
  const read = reader?.read()
  const during = await countedTimers(1)
  await reader?.cancel()
  await read
  return [during, timers()]
}

const counts = {
  'body is cancelled': await cancelBody(),
  'aborted before the head': await abortFetch(false),
  'aborted in the body': await abortFetch(true),
}
process.stdout.write(`${JSON.stringify(counts)}\n`)
