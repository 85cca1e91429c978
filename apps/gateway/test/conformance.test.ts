import { fileURLToPath } from 'node:url'
import { exitCodeOf, loadTraces, readManifest, runSuite } from '@stopbit/conformance'
import { expandTrace, type Trace } from '@stopbit/traces'
import { expect, test } from 'vitest'

const MANIFEST = fileURLToPath(new URL('../../../conformance/targets/gateway.json', import.meta.url))
/** Cuts at every byte are for `./run conformance run --target conformance/targets/gateway.json`; here so many bytes lie between them. */
const CUT_STEP = 64

const traces = loadTraces().map(({ trace }): Trace => {
  return trace.cuts === undefined ? trace : { ...trace, cuts: { ...trace.cuts, step: CUT_STEP } }
})

test('the gateway passes every trace of the suite, as its manifest starts it', { timeout: 300_000 }, async () => {
  const result = await runSuite(readManifest(MANIFEST), traces, { jobs: 3 })
  const cells = result.traces.flatMap(({ trace, cells: own }) => own.map((cell) => ({ trace, ...cell })))
  const objections = cells.filter(({ level, verdict }) => {
    return level === 'must' && verdict !== 'pass' && verdict !== 'not-applicable'
  })
  expect(objections).toEqual([])
  expect(exitCodeOf(result)).toBe(0)
  const permutations = traces.flatMap((trace) => (trace.cuts === undefined ? expandTrace(trace).length : 1))
  expect(result.traces).toHaveLength(permutations.reduce((total, count) => total + count, 0))
  expect(result.traces.filter(({ cells: own }) => own.every(({ verdict }) => verdict === 'not-applicable'))).toEqual([])
})
