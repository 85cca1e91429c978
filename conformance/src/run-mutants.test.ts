import { expect, test } from 'vitest'
import { loadTraces } from './load-traces.ts'
import { MUTANTS } from './mutants.ts'
import { findMutant, runMutant } from './run-mutants.ts'

const traces = loadTraces().map(({ trace }) => trace)
const playedInFull = ['destroy-after-headers', 'error-text-leaked']

/** One trace for each thing that can break; `stopbit-conformance mutants` plays all traces against all mutants. */
const quick = new Set([
  'anthropic/rst-mid-sse-856',
  'anthropic/rst-before-head',
  'anthropic/reset-in-tool-call',
  'anthropic/eof-close-delimited',
  'anthropic/complete-crlf',
  'anthropic/client-leaves',
])
const needsMore: { readonly [mutant: string]: string } = {
  'swallow-before-head': 'anthropic/connect-never-completes',
  'no-connect-timer': 'anthropic/connect-never-completes',
  'waits-for-upstream-end': 'anthropic/stop-and-left-open',
  'whole-tool-call-closed': 'anthropic/eof-after-whole-tool-json',
  'no-idle-timer': 'anthropic/silent-stall',
  'no-heartbeat': 'anthropic/silent-stall',
  'keepalive-hint-lies': 'listener/keepalive-idle-close-race',
}

test.concurrent.each(playedInFull)(
  '%s fails exactly its own invariant in the whole suite',
  { timeout: 90_000 },
  async (name) => {
    const { mutant, killed, failed, unexpected } = await runMutant(findMutant(name), traces, { jobs: 2 })
    expect(unexpected).toEqual([])
    expect([...failed.keys()]).toEqual(mutant.fails)
    expect(killed).toBe(true)
  },
)

test.concurrent.each(
  MUTANTS.filter(({ name }) => !playedInFull.includes(name)).map((mutant) => [mutant.name, mutant] as const),
)('%s fails exactly its own invariants', { timeout: 90_000 }, async (name, mutant) => {
  const chosen = traces.filter(({ id }) => quick.has(id) || id === needsMore[name])
  const { killed, failed, unexpected } = await runMutant(mutant, chosen, { jobs: 2 })
  expect(unexpected).toEqual([])
  expect([...failed.keys()].toSorted()).toEqual(mutant.fails.toSorted())
  expect(killed).toBe(true)
})
