import { detectDialect } from '@stopbit/sse'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { COMMIT_POLICIES } from '../src/options.ts'
import { runs, type Run } from './arbitrary-run.ts'
import { Bench } from './bench.ts'
import { STREAMS, textOf } from './streams.ts'
import { withoutHeartbeats, World } from './world.ts'

/** Longer than all limits of a run together, and the drains. */
const LONG_MS = 400_000

/** Plays all steps, then lets time pass, then lets the client leave. */
function play(run: Run): World {
  const world = new World(run)
  const { bench } = world
  run.steps.forEach((played, i) => {
    if (i === run.startAt) world.start()
    world.play(played)
  })
  bench.pass(LONG_MS)
  const isSideChannel = run.method === 'GET' && detectDialect('GET', run.stream.target).id === 'opaque'
  const wasStarted = bench.requests.length > 0 || bench.head !== undefined
  if (bench.record === undefined && wasStarted && !isSideChannel) expect(bench.calls).toContain('abort downstream')
  bench.exchange.downstreamGone()
  bench.pass(60_000) // `drain` may take so long
  return world
}

const TERMINALS: Readonly<Record<string, RegExp>> = {
  'anthropic-messages': /message_stop/,
  'openai-chat': /\[DONE\]/,
  'openai-responses': /response\.completed/,
  gemini: /STOP/,
}

test(
  'any inputs in any order, with any options, settle in bounded time, and keep all promises',
  { timeout: 30_000 },
  () => {
    fc.assert(
      fc.property(runs, (run) => {
        const world = play(run)
        const { bench, added, fed } = world
        const { record } = bench
        // One record, nothing left behind; that nothing follows it, one head, one end and one attempt at a time is the bench's to see.
        expect(record, 'a record').toBeDefined()
        if (record === undefined) return
        expect(bench.count('settled')).toBe(1)
        expect(bench.wakeTime).toBe(Infinity)
        expect(bench.memory.heldBytes).toBe(0)
        expect(JSON.parse(JSON.stringify(record))).toEqual(record)
        // At most three attempts, two of them fully sent.
        expect(bench.requests.length).toBeLessThanOrEqual(3)
        expect(world.sentAttempts.size).toBeLessThanOrEqual(2)
        if (run.options.retry === 'never') expect(bench.requests.length).toBeLessThanOrEqual(1)
        // Nothing is spliced: bytes of one attempt, heartbeats, one closing.
        expect(added.length).toBeLessThanOrEqual(1)
        // Nothing is pretended.
        if (record.ending === 'completed' && record.sse === true) {
          expect(fed).toMatch(TERMINALS[record.dialect] ?? /^/)
          expect(added).toEqual([])
        }
        if (record.ending === 'error' && record.dialect !== 'opaque') expect(bench.sent).toMatch(/error|failed/)
        if (bench.head !== undefined && record.ending !== 'client-gone') expect(bench.hasEnded).toBe(true)
      }),
      { numRuns: 8_000 },
    )
  },
)

test('a healthy stream passes byte for byte, however it is cut and however slow it is', { timeout: 30_000 }, () => {
  const cuts = fc.array(
    fc.record({ byteLength: fc.integer({ min: 1, max: 300 }), pauseMs: fc.integer({ min: 0, max: 14_000 }) }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  fc.assert(
    fc.property(fc.constantFrom(...STREAMS), cuts, fc.constantFrom(...COMMIT_POLICIES), (stream, pieces, commit) => {
      const bench = new Bench({ commit, finishGraceMs: 20_000 }, { request: { target: stream.target } })
      bench.start(stream.facts).answer(200, stream.headers)
      const bytes = Buffer.from(textOf(stream))
      for (let at = 0, i = 0; at < bytes.byteLength; i++) {
        const { byteLength, pauseMs } = pieces[i % pieces.length] ?? { byteLength: 1, pauseMs: 0 }
        bench.pass(i < 60 ? pauseMs : 0).chunk(bytes.subarray(at, at + byteLength).toString())
        at += byteLength
      }
      if (bench.isUnderWay) bench.endBody()
      expect(bench.finished().record?.ending).toBe('completed')
      expect(withoutHeartbeats(bench.sent)).toBe(withoutHeartbeats(textOf(stream)))
    }),
    { numRuns: 1_000 },
  )
})
