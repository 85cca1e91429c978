import type { Trace } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { loadTraces } from '../load-traces.ts'
import { referenceTarget } from '../run-mutants.ts'
import { SessionPool } from './session-pool.ts'
import type { TraceRun } from './target-session.ts'

const run: TraceRun = { target: referenceTarget(), timing: { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 } }

function traceOf(id: string): Trace {
  const trace = loadTraces([id])[0]?.trace
  if (trace === undefined) throw new Error(`no trace ${id}`)
  return trace
}

test('traces that tell the target the same get the same session, one at a time', async () => {
  const pool = new SessionPool()
  const [first, second] = [traceOf('anthropic/rst-mid-sse-856'), traceOf('openai-chat/rst-mid-stream')]
  const session = pool.take(first, run)
  expect(pool.take(second, run)).not.toBe(session)
  await pool.giveBack(first, run, session)
  expect(pool.take(second, run)).toBe(session)
})

test.each([
  ['other limits', 'anthropic/pings-for-ever'],
  ['an upstream over TLS', 'tls/complete'],
  ['an upstream that takes no connection', 'anthropic/connect-never-completes'],
])('a trace with %s gets another', async (_, id) => {
  const pool = new SessionPool()
  const session = pool.take(traceOf(id), run)
  await pool.giveBack(traceOf(id), run, session)
  expect(pool.take(traceOf('anthropic/rst-mid-sse-856'), run)).not.toBe(session)
})

test('inTurn() lets two at a time, and goes on after one that fails', async () => {
  const pool = new SessionPool()
  let running = 0
  let most = 0
  const results = await Promise.allSettled(
    [1, 2, 3, 4, 5].map((number) =>
      pool.inTurn(async () => {
        running += 1
        most = Math.max(most, running)
        await Promise.resolve()
        running -= 1
        if (number === 2) throw new Error('two')
        return number
      }),
    ),
  )
  expect(most).toBe(2)
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
})
