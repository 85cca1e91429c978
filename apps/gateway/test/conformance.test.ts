import { fileURLToPath } from 'node:url'
import { countCells, exitCodeOf, loadTraces, readManifest, runSuite } from '@stopbit/conformance'
import { expect, test } from 'vitest'

const MANIFEST = fileURLToPath(new URL('../../../conformance/targets/gateway.json', import.meta.url))

/** Every MUST of every trace, and LIVE-1 twice: a trace or an invariant that is no longer judged shows here. */
const PASSED_CELLS = 217

test('the gateway passes every trace of the suite, as its manifest starts it', { timeout: 90_000 }, async () => {
  const traces = loadTraces().map(({ trace }) => trace)
  const result = await runSuite(readManifest(MANIFEST), traces, { jobs: 2 })
  const cells = result.traces.flatMap(({ trace, cells: judged }) => judged.map((cell) => ({ trace, ...cell })))
  // CONN-2 is a rate at the edge of two timers: it may pass or warn.
  const [rates, others] = [cells.filter(isRate), cells.filter((cell) => !isRate(cell))]
  expect(others.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
  expect(rates).toHaveLength(1)
  expect(countCells(result, 'pass') - rates.filter(({ verdict }) => verdict === 'pass').length).toBe(PASSED_CELLS)
  expect(exitCodeOf(result)).toBe(0)
})

function isRate({ invariant }: { readonly invariant: string }): boolean {
  return invariant === 'CONN-2'
}
