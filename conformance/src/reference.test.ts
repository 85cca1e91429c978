import { expect, test } from 'vitest'
import { loadTraces } from './load-traces.ts'
import { referenceTarget } from './run-mutants.ts'
import { runSuite } from './run/run-suite.ts'
import { countCells, exitCodeOf, traceState } from './verdict.ts'

const traces = loadTraces().map(({ trace }) => trace)

/** Every MUST of every trace, and LIVE-1 twice. CONN-2 is a rate at the edge of two timers: it may pass or warn. */
const PASSED_CELLS = 217

test('the reference proxy passes every trace', { timeout: 60_000 }, async () => {
  const result = await runSuite(referenceTarget(), traces, { jobs: 4 })
  const notGreen = result.traces.flatMap(({ trace, cells }) =>
    cells.filter(({ verdict }) => verdict !== 'pass').map((cell) => ({ trace, ...cell })),
  )
  expect(notGreen.filter(({ invariant }) => invariant !== 'CONN-2')).toEqual([])
  expect(exitCodeOf(result)).toBe(0)
  expect(countCells(result, 'pass') + notGreen.length).toBe(PASSED_CELLS + 1)
})

test.concurrent(
  'a harness that skips the fault is inconclusive, never green and never red',
  { timeout: 60_000 },
  async () => {
    const faulty = traces.filter(({ tags = [] }) => !tags.includes('control') && !tags.includes('slow'))
    const result = await runSuite(referenceTarget(), faulty, { jobs: 4, sabotage: 'skip-fault' })
    expect(result.traces.map((trace) => [trace.trace, traceState(trace)])).toEqual(
      faulty.map(({ id }) => [id, 'inconclusive']),
    )
    expect(exitCodeOf(result)).toBe(2)
  },
)

test.concurrent('a target that does not declare a feature skips the traces that need it', async () => {
  const target = referenceTarget()
  const pool = traces.filter(({ id }) => id === 'pool/idle-close-race')
  const result = await runSuite({ ...target, manifest: { ...target.manifest, features: ['sse'] } }, pool)
  expect(result.traces.map(traceState)).toEqual(['skipped'])
  expect(exitCodeOf(result)).toBe(2)
})

test.concurrent('a target that does not start is inconclusive and says why', async () => {
  const target = referenceTarget()
  const command = { command: ['node', '-e', 'console.error("no config"); process.exit(3)'] as [string, ...string[]] }
  const result = await runSuite({ ...target, manifest: { ...target.manifest, target: command } }, traces.slice(0, 1))
  expect(exitCodeOf(result)).toBe(2)
  expect(result.traces[0]?.cells[0]?.because).toContain('Cannot start the target: it ended with exit code 3\nno config')
})

test.concurrent('a list of known failures makes what fails green, and fails a run in which it does not', async () => {
  const knownFailing = [
    { trace: 'anthropic/client-leaves', invariant: 'UP-2', reason: 'a mutant', source: 'mutants.ts', bare: 'bare-x' },
  ]
  const leaves = traces.filter(({ id }) => id === 'anthropic/client-leaves')
  const broken = await runSuite({ ...referenceTarget('upstream-kept'), knownFailing }, leaves)
  expect([countCells(broken, 'known-failing'), exitCodeOf(broken)]).toEqual([1, 0])
  const whole = await runSuite({ ...referenceTarget(), knownFailing }, leaves)
  expect([countCells(whole, 'stale-entry'), exitCodeOf(whole)]).toEqual([1, 1])
})
