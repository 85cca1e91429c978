import { expandTrace, type Trace } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { exemptionOf } from './judge/exemptions.ts'
import { loadTraces } from './load-traces.ts'
import { referenceTarget } from './run-mutants.ts'
import { runSuite } from './run/run-suite.ts'
import type { Sabotage } from './run/stage.ts'
import { countCells, exitCodeOf, traceState } from './verdict.ts'

const { manifest } = referenceTarget()
const traces = loadTraces().map(({ trace }) => trace)

/** Cuts at every byte are for `run --target conformance/targets/reference.json`; here so many bytes lie between them. */
const CUT_STEP = 256

/** What the reference proxy can play. */
const playable = traces
  .filter(({ requires }) => requires.every((feature) => manifest.features.includes(feature)))
  .map((trace): Trace => (trace.cuts === undefined ? trace : { ...trace, cuts: { ...trace.cuts, step: CUT_STEP } }))

function chosen(...ids: readonly string[]): readonly Trace[] {
  const found = playable.filter(({ id }) => ids.includes(id))
  expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  return found
}

/** Cells that a whole proxy makes green: all but those that say nothing about a dialect. CONN-2 is a rate: it may pass or warn. */
function cellsDue(trace: Trace): number {
  const permutations = trace.cuts === undefined ? expandTrace(trace) : [{ trace }]
  return permutations
    .flatMap(({ trace: one }) => [...one.expect.must, ...(one.expect.should ?? [])].map((id) => ({ id, one })))
    .filter(({ id, one }) => id !== 'CONN-2' && exemptionOf(id, one) === undefined).length
}

test('the reference proxy passes every trace', { timeout: 300_000 }, async () => {
  const result = await runSuite(referenceTarget(), playable, { jobs: 8 })
  const cells = result.traces.flatMap(({ trace, cells: own }) => own.map((cell) => ({ trace, ...cell })))
  const green = cells.filter(({ invariant, verdict }) => invariant !== 'CONN-2' && verdict === 'pass')
  const objections = cells.filter(({ invariant, verdict }) => {
    return invariant !== 'CONN-2' && verdict !== 'pass' && verdict !== 'not-applicable'
  })
  expect(objections).toEqual([])
  expect(exitCodeOf(result)).toBe(0)
  expect(green.length).toBe(playable.reduce((total, trace) => total + cellsDue(trace), 0))
})

const CUT = 'anthropic/rst-mid-sse-856'
test.concurrent.each<readonly [Sabotage, readonly string[], string]>([
  ['skip-fault', [CUT, 'anthropic/rst-before-head', 'anthropic/silent-stall'], 'left out'],
  ['fin-for-rst', [CUT, 'openai-chat/rst-mid-stream', 'opaque/rst-mid-stream'], 'ended by fin, not by rst'],
  ['fin-for-rst', ['openai-chat/rst-before-head', 'openai-chat/rst-in-json'], 'ended by fin, not by rst'],
  ['drop-send', [CUT, 'openai-chat/rst-in-json', 'openai-chat/next-request-after-stall'], 'that the script sent'],
])(
  'a harness with %s is inconclusive for %j, never green and never red',
  { timeout: 60_000 },
  async (how, ids, why) => {
    const result = await runSuite(referenceTarget(), chosen(...ids), { jobs: 2, sabotage: how })
    expect(result.traces.map(traceState)).toEqual(ids.map(() => 'inconclusive'))
    for (const { cells } of result.traces) expect(cells[0]?.because).toContain(why)
    expect(exitCodeOf(result)).toBe(2)
  },
)

test.concurrent('a target that does not declare a feature skips the traces that need it', async () => {
  const target = referenceTarget()
  const result = await runSuite(
    { ...target, manifest: { ...target.manifest, features: ['sse'] } },
    chosen('pool/idle-close-race'),
  )
  expect(result.traces.map(traceState)).toEqual(['skipped'])
  expect(exitCodeOf(result)).toBe(2)
})

test.concurrent('a target that does not start is inconclusive and says why', async () => {
  const target = referenceTarget()
  const command = { command: ['node', '-e', 'console.error("no config"); process.exit(3)'] as [string, ...string[]] }
  const result = await runSuite({ ...target, manifest: { ...target.manifest, target: command } }, chosen(CUT))
  expect(exitCodeOf(result)).toBe(2)
  expect(result.traces[0]?.cells[0]?.because).toContain('Cannot start the target: it ended with exit code 3\nno config')
})

test.concurrent('a list of known failures makes what fails green, and fails a run in which it does not', async () => {
  const knownFailing = [
    { trace: 'anthropic/client-leaves', invariant: 'UP-2', reason: 'a mutant', source: 'mutants.ts', bare: 'bare-x' },
  ]
  const leaves = chosen('anthropic/client-leaves')
  const broken = await runSuite({ ...referenceTarget('upstream-kept'), knownFailing }, leaves)
  expect([countCells(broken, 'known-failing'), exitCodeOf(broken)]).toEqual([1, 0])
  const whole = await runSuite({ ...referenceTarget(), knownFailing }, leaves)
  expect([countCells(whole, 'stale-entry'), exitCodeOf(whole)]).toEqual([1, 1])
})
