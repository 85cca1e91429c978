import { expect, test } from 'vitest'
import { INVARIANTS } from './invariants.ts'
import { JUDGES } from './judge/judges.ts'
import { loadTraces } from './load-traces.ts'
import { MUTANTS } from './mutants.ts'
import { idleTraces, runMutant, unprovenInvariants, type MutantResult } from './run-mutants.ts'

const traces = loadTraces().map(({ trace }) => trace)

/** Each on the traces that suffice; `stopbit-conformance mutants` plays all traces against all mutants. */
test.concurrent.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
  '%s fails exactly its own invariants',
  { timeout: 90_000 },
  async (_, mutant) => {
    const chosen = traces.filter(({ id }) => mutant.seenIn.includes(id))
    expect(chosen.map(({ id }) => id).toSorted()).toEqual(mutant.seenIn.toSorted())
    const { killed, failed, unexpected } = await runMutant(mutant, chosen, { jobs: 2 })
    expect(unexpected).toEqual([])
    expect([...failed.keys()].toSorted()).toEqual(mutant.fails.toSorted())
    expect(killed).toBe(true)
  },
)

test('every invariant has a judge, and a mutant that it alone catches', () => {
  expect([...JUDGES.keys()].toSorted()).toEqual(INVARIANTS.map(({ id }) => id).toSorted())
  const alone = MUTANTS.flatMap(({ fails }) => (fails.length === 1 ? fails : []))
  expect(INVARIANTS.map(({ id }) => id).filter((id) => !alone.includes(id))).toEqual([])
})

test('a survivor proves nothing, and a trace that kills no mutant is named', () => {
  const [trace] = traces.filter(({ tags }) => tags?.includes('control') !== true)
  const [mutant] = MUTANTS.filter(({ fails }) => fails.length === 1)
  if (trace === undefined || mutant === undefined) throw new Error('nothing to judge')
  const suite = { target: 'x', scale: 1, repeat: 1, traces: [] }
  const survivor: MutantResult = { mutant, killed: false, failed: new Map(), unexpected: [], suite }
  expect(unprovenInvariants([survivor])).toContain(mutant.fails[0])
  expect(unprovenInvariants([{ ...survivor, killed: true }])).not.toContain(mutant.fails[0])
  expect(idleTraces([survivor], [trace])).toEqual([trace.id])
})
