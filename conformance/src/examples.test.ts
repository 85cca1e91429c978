import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadTraces } from './load-traces.ts'
import { readManifest } from './read-manifest.ts'
import { runSuite } from './run/run-suite.ts'

const MANIFEST = fileURLToPath(new URL('../examples/python-proxy/python-proxy.json', import.meta.url))

/** Trace to the invariants that fail, as the example's README has it. */
const FAILS: Readonly<Record<string, readonly string[]>> = {
  'anthropic/complete-one-byte-chunks': [],
  'anthropic/complete-text-and-tool': [],
  'anthropic/connect-refused': [],
  'anthropic/rst-before-head': [],
  'anthropic/rst-mid-sse-856': ['RAW-1'],
  'anthropic/reset-in-tool-call': ['RAW-1'],
  'anthropic/silent-stall': ['RAW-1'],
  'anthropic/eof-close-delimited': ['TERM-1'],
  'anthropic/client-leaves': ['UP-2'],
}

test('a proxy in Python runs by its manifest alone, and fails where its README says', { timeout: 60_000 }, async () => {
  const traces = loadTraces(Object.keys(FAILS)).map(({ trace }) => trace)
  const { traces: results } = await runSuite(readManifest(MANIFEST), traces, { jobs: 2 })
  const failed = results.map(({ trace, cells }) => [
    trace,
    cells.filter(({ verdict }) => verdict === 'fail').map(({ invariant }) => invariant),
  ])
  expect(Object.fromEntries(failed)).toEqual(FAILS)
  const unclear = results.flatMap(({ cells }) => cells.filter(({ verdict }) => verdict === 'inconclusive'))
  expect(unclear).toEqual([])
  expect(results[0]?.versions).toMatchObject({ python: expect.stringMatching(/^3\./) as unknown })
})
