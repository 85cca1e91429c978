import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { INVARIANTS } from './invariants.ts'
import { JUDGES } from './judge/judges.ts'
import { loadTraces } from './load-traces.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import { killMatrixMarkdown } from './report/kill-matrix-markdown.ts'
import {
  idleTraces,
  joinParts,
  killsByTrace,
  objectingTraces,
  runMutant,
  unprovenInvariants,
  type MutantResult,
} from './run-mutants.ts'
import type { Cell, TraceResult } from './verdict.ts'

const traces = loadTraces().map(({ trace }) => trace)

/** Each on the traces that suffice; `stopbit-conformance mutants` plays all traces against all mutants. */
async function expectToBeKilled(mutant: Mutant, plays = 1): Promise<void> {
  const chosen = traces.filter(({ id }) => mutant.seenIn.includes(id))
  expect(chosen.map(({ id }) => id).toSorted()).toEqual(mutant.seenIn.toSorted())
  const { killed, failed, unexpected } = await runMutant(mutant, chosen, { jobs: 2 })
  expect(unexpected).toEqual([])
  if (!killed && plays > 1) return expectToBeKilled(mutant, plays - 1)
  expect([...failed.keys()].toSorted()).toEqual(mutant.fails.toSorted())
  expect(killed).toBe(true)
}

/** Where it was not seen it is played again, but never where something else was seen. */
const PLAYS_OF_A_RATE = 5
/** A rate at the edge of two timers needs a machine that keeps time: not beside forty other proxies. */
const isRate = ({ fails }: Mutant): boolean => fails.includes('CONN-2')

test.each(MUTANTS.filter(isRate).map((mutant) => [mutant.name, mutant] as const))(
  '%s fails exactly its own invariants, alone',
  { timeout: 90_000 },
  async (_, mutant) => await expectToBeKilled(mutant, PLAYS_OF_A_RATE),
)

test.concurrent.each(MUTANTS.filter((mutant) => !isRate(mutant)).map((mutant) => [mutant.name, mutant] as const))(
  '%s fails exactly its own invariants',
  { timeout: 90_000 },
  async (_, mutant) => await expectToBeKilled(mutant),
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

function played(trace: string, invariant: string, verdict: 'pass' | 'fail'): TraceResult {
  const own = { invariant, level: 'must' as const }
  const cell: Cell = verdict === 'pass' ? { ...own, verdict } : { ...own, verdict, because: 'seen' }
  const upstream = { connections: 1, requests: 1 }
  return { trace, base: trace, cells: [cell], outcomes: [], upstream, versions: {}, timeline: [], durationMs: 0 }
}

function resultOf(...results: readonly TraceResult[]): MutantResult {
  const mutant = MUTANTS.find(({ fails }) => fails.join() === 'RAW-1')
  if (mutant === undefined) throw new Error('no mutant of RAW-1')
  const suite = { target: 'x', scale: 1, repeat: 1, traces: [] }
  const empty: MutantResult = { mutant, killed: false, failed: new Map(), unexpected: [], suite }
  return joinParts(empty, { ...empty, suite: { ...suite, traces: [...results] } })
}

test('a trace that is played again says what counts', () => {
  const first = resultOf(played('a/x', 'RAW-1', 'fail'), played('a/y', 'HANG-1', 'fail'))
  expect([first.killed, [...objectingTraces(first)]]).toEqual([false, ['a/y']])
  const second = joinParts(first, resultOf(played('a/y', 'HANG-1', 'pass')))
  expect([second.killed, second.suite.traces.map(({ trace }) => trace)]).toEqual([true, ['a/x', 'a/y']])
})

test('the page of the kill matrix tells what each trace caught', () => {
  const [trace] = traces
  if (trace === undefined) throw new Error('no traces')
  const result = resultOf(played(trace.id, 'RAW-1', 'fail'))
  expect(killsByTrace([result], [trace]).get(trace.id)).toEqual([result.mutant.name])
  const page = killMatrixMarkdown([result], [trace], 0)
  expect(page).toMatch(new RegExp(`\\| \`${result.mutant.name}\` .*\\| RAW-1 \\(1\\) +\\| 1 `))
  expect(page).toMatch(new RegExp(`\\| ${trace.id} +\\| 1 `))
})

test('the page on the site is of these mutants and traces', () => {
  const page = readFileSync(new URL('../../docs/src/content/docs/conformance/mutants.md', import.meta.url), 'utf8')
  const [, mutantRows = '', , traceRows = ''] = page.split('\n## ')
  expect(cells(mutantRows).map(([name, change]) => [name, change])).toEqual(
    MUTANTS.map(({ name, change }) => [`\`${name}\``, change]),
  )
  expect(cells(traceRows).map(([id]) => id)).toEqual(traces.map(({ id }) => id))
})

/** The rows of a table, without its head. */
function cells(section: string): string[][] {
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}
