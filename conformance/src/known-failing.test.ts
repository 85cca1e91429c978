import { expect, test } from 'vitest'
import { findIdleEntries, holdAgainstKnown, parseKnownFailing, type KnownFailing } from './known-failing.ts'
import { loadTraces } from './load-traces.ts'
import { traceState, type Cell, type TraceResult } from './verdict.ts'

const FILE = 'targets/x.known-failing.json'
const ENTRY: KnownFailing = {
  trace: 'anthropic/client-leaves',
  invariant: 'UP-2',
  reason: 'The runtime does not tell.',
  source: 'https://example.org/issues/1',
  bare: 'bare-x',
}

function resultOf(...cells: Cell[]): TraceResult {
  return {
    trace: ENTRY.trace,
    base: ENTRY.trace,
    cells,
    outcomes: [],
    timeline: [],
    upstream: { connections: 1, requests: 1 },
    versions: {},
    durationMs: 1,
  }
}

const PASSES: Cell = { invariant: 'UP-1', level: 'must', verdict: 'pass' }
const FAILS: Cell = { invariant: 'UP-2', level: 'must', verdict: 'fail', because: 'it was kept' }

test.each(['HANG-1', 'HANG-2', 'HANG-3', 'LEAK-1', 'HONEST-1', 'HONEST-2', 'TERM-1', 'TERM-2', 'SSE-1'])(
  'parseKnownFailing() refuses %s, which holds without exception',
  (invariant) => {
    expect(() => parseKnownFailing(JSON.stringify({ entries: [{ ...ENTRY, invariant }] }), FILE)).toThrow(
      `${FILE}: entries[0].invariant: holds without exception and cannot be known to fail`,
    )
  },
)

test.each(['reason', 'source', 'bare'])('parseKnownFailing() refuses an entry without %s', (key) => {
  const entry = Object.fromEntries(Object.entries(ENTRY).filter(([name]) => name !== key))
  expect(() => parseKnownFailing(JSON.stringify({ entries: [entry] }), FILE)).toThrow(`${FILE}: entries[0].${key}`)
})

test('what fails and is listed is known to fail, and with it what it blocks; the trace is green', () => {
  const blocked: Cell = {
    invariant: 'OUTCOME-1',
    level: 'must',
    verdict: 'blocked',
    by: 'UP-2',
    because: 'ended as hang',
  }
  const held = holdAgainstKnown(resultOf(PASSES, FAILS, blocked), [ENTRY])
  expect(held.cells.map(({ verdict }) => verdict)).toEqual(['pass', 'known-failing', 'known-failing'])
  expect(held.cells[1]).toMatchObject({ because: 'it was kept', reason: ENTRY.reason, bare: 'bare-x' })
  expect(traceState(held)).toBe('green')
})

test('what fails and is not listed stays a failure', () => {
  const other: Cell = { ...FAILS, invariant: 'UP-4' }
  const held = holdAgainstKnown(resultOf(FAILS, other), [ENTRY])
  expect(held.cells.map(({ verdict }) => verdict)).toEqual(['known-failing', 'fail'])
  expect(traceState(held)).toBe('red')
})

test.each([
  ['passes', { invariant: 'UP-2', level: 'must', verdict: 'pass' }],
  ['does not apply', { invariant: 'UP-2', level: 'must', verdict: 'not-applicable', because: 'no feature' }],
  ['passes as a SHOULD', { invariant: 'UP-2', level: 'should', verdict: 'pass' }],
] satisfies [string, Cell][])('an entry that %s fails the run until it is removed', (_, cell) => {
  const held = holdAgainstKnown(resultOf(PASSES, cell), [ENTRY])
  expect(held.cells[1]).toMatchObject({ verdict: 'stale-entry' })
  expect(held.cells[1]?.because).toContain('the entry must be removed')
  expect(traceState(held)).toBe('red')
})

test('an entry excuses no guess: what is inconclusive stays so', () => {
  const cell: Cell = { invariant: 'UP-2', level: 'must', verdict: 'inconclusive', because: 'no fault' }
  expect(traceState(holdAgainstKnown(resultOf(cell), [ENTRY]))).toBe('inconclusive')
})

test('findIdleEntries() names entries that speak of nothing', () => {
  const traces = loadTraces().map(({ trace }) => trace)
  const typo = { ...ENTRY, trace: 'anthropic/client-leafs' }
  expect(findIdleEntries([ENTRY, typo, { ...ENTRY, invariant: 'CONN-1' }], traces)).toEqual([
    'there is no trace anthropic/client-leafs',
    'anthropic/client-leaves does not name CONN-1',
  ])
})
