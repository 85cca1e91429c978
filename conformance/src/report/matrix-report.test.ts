import { expect, test } from 'vitest'
import { referenceTarget } from '../run-mutants.ts'
import { matrixExitCode, type MatrixEntry } from '../run-matrix.ts'
import type { Cell } from '../verdict.ts'
import { matrixMarkdown } from './matrix-markdown.ts'
import { formatTable, tableByInvariant, tableByTrace } from './matrix-table.ts'

const REASONS = { because: 'was kept', reason: 'The runtime does not tell.', source: 'an issue', bare: 'bare-x' }

function entry(name: string, traces: Readonly<Record<string, readonly Cell[]>>): MatrixEntry {
  const results = Object.entries(traces).map(([trace, cells]) => ({
    trace,
    base: trace,
    cells,
    outcomes: [],
    upstream: { connections: 1, requests: 1 },
    versions: { bun: '1.4.5' },
    timeline: [],
    durationMs: 1,
  }))
  return { target: { ...referenceTarget(), name }, result: { target: name, scale: 0.05, repeat: 1, traces: results } }
}

const cell = (invariant: string, verdict: 'pass' | 'fail' | 'inconclusive', because = 'so'): Cell => ({
  invariant,
  level: 'must',
  verdict,
  because,
})
const ENTRIES = [
  entry('good', { 'a/x': [cell('UP-1', 'pass'), cell('UP-2', 'pass')], 'a/y': [cell('UP-1', 'pass')] }),
  entry('known', {
    'a/x': [cell('UP-1', 'pass'), { invariant: 'UP-2', level: 'must', verdict: 'known-failing', ...REASONS }],
    'a/y': [{ invariant: 'UP-1', level: 'must', verdict: 'not-applicable', because: 'has no listener' }],
  }),
]
const BAD = entry('bad', { 'a/x': [cell('UP-1', 'pass'), cell('UP-2', 'fail')], 'a/y': [cell('UP-1', 'pass')] })
const PLAIN = (_: unknown, text: string): string => text

test('the tables have the worst verdict of each trace, and of each invariant', () => {
  expect(formatTable(tableByTrace([...ENTRIES, BAD]), PLAIN)).toBe(
    ['trace  good      known     bad', 'a/x    ok        known     FAIL', 'a/y    ok        n/a       ok'].join('\n'),
  )
  expect(tableByInvariant([...ENTRIES, BAD]).rows).toEqual([
    { name: 'UP-1', cells: ['pass', 'pass', 'pass'] },
    { name: 'UP-2', cells: ['pass', 'known-failing', 'fail'] },
  ])
})

test('the exit code is that of the worst target', () => {
  const unclear = entry('unclear', { 'a/x': [cell('UP-1', 'inconclusive')] })
  expect(matrixExitCode(ENTRIES)).toBe(0)
  expect(matrixExitCode([...ENTRIES, unclear])).toBe(2)
  expect(matrixExitCode([...ENTRIES, unclear, BAD])).toBe(1)
  expect(matrixExitCode([])).toBe(2)
})

test('the page says versions, reasons and sources', () => {
  const page = matrixMarkdown(ENTRIES)
  expect(page).toContain('| known  | reference-proxy 1.0.0 | bun 1.4.5 |')
  expect(page).toContain(
    '- **known**, a/x: UP-2: was kept. The runtime does not tell. Source: an issue. Proof: `targets/bare/bare-x.json` fails it too.',
  )
  expect(page).toContain('- **known**, a/y: UP-1: has no listener.')
  expect(page).not.toContain('## Not green')
})

test('what a target says of itself cannot become markup of the page', () => {
  const hostile = entry('a@b', { 'a/x': [cell('UP-2', 'fail', '<img src=x> | `so`\nsecond line')] })
  const traces = hostile.result.traces.map((trace) => ({ ...trace, versions: { 'x |': '<b>\n| y' } }))
  const page = matrixMarkdown([{ ...hostile, result: { ...hostile.result, traces } }])
  expect(page).toContain('x \\| &lt;b> \\| y')
  expect(page).toContain("- **a@b**, a/x: UP-2: `<img src=x> | 'so'`.")
})
