import type { MatrixEntry } from '../run-matrix.ts'
import { worstVerdict, type Cell, type Verdict } from '../verdict.ts'
import type { Paint, Tone } from './printer.ts'

/** A matrix by name: rows are traces or invariants, columns are targets, cells the worst verdict. */
export interface MatrixTable {
  readonly corner: string
  readonly columns: readonly string[]
  readonly rows: readonly { readonly name: string; readonly cells: readonly (Verdict['verdict'] | undefined)[] }[]
}

/** How a cell is written. */
const CELL_WORDS: Readonly<Record<Verdict['verdict'], string>> = {
  pass: 'ok',
  fail: 'FAIL',
  'stale-entry': 'STALE',
  flaky: 'flaky',
  blocked: 'blocked',
  inconclusive: '????',
  'not-tested': 'untested',
  'known-failing': 'known',
  warn: 'warn',
  'not-applicable': 'n/a',
}

const TONES: Partial<Record<string, Tone>> = { ok: 'good', FAIL: 'bad', STALE: 'bad', flaky: 'bad', 'n/a': 'quiet' }

/** Target × trace, all permutations of a trace in one row. */
export function tableByTrace(entries: readonly MatrixEntry[]): MatrixTable {
  const ids = [...new Set(entries.flatMap(({ result }) => result.traces.map(({ base }) => base)))]
  return toTable('trace', entries, ids, (cells) => (id) => cells.filter(({ base }) => base === id))
}

/** Target × invariant. */
export function tableByInvariant(entries: readonly MatrixEntry[]): MatrixTable {
  const ids = new Set(entries.flatMap(({ result }) => cellsOf(result.traces)).map(({ invariant }) => invariant))
  return toTable(
    'invariant',
    entries,
    [...ids].toSorted(),
    (cells) => (id) => cells.filter(({ invariant }) => invariant === id),
  )
}

/** For a terminal: columns apart by two spaces, in colour where there is one. */
export function formatTable({ corner, columns, rows }: MatrixTable, paint: Paint): string {
  const first = Math.max(corner.length, ...rows.map(({ name }) => name.length))
  const widths = columns.map((name) => Math.max(name.length, 8))
  const line = (head: string, texts: readonly string[]): string =>
    [head.padEnd(first), ...texts.map((text, index) => pad(text, widths[index] ?? 0, paint))].join('  ').trimEnd()
  return [line(corner, columns), ...rows.map(({ name, cells }) => line(name, cells.map(wordOf)))].join('\n')
}

/** What is written for a verdict; nothing where a target has no such cell. */
export function wordOf(verdict: Verdict['verdict'] | undefined): string {
  return verdict === undefined ? '' : CELL_WORDS[verdict]
}

type TracedCell = Cell & { readonly base: string }

function cellsOf(traces: MatrixEntry['result']['traces']): TracedCell[] {
  return traces.flatMap(({ base, cells }) => cells.map((cell) => ({ ...cell, base })))
}

function toTable(
  corner: string,
  entries: readonly MatrixEntry[],
  ids: readonly string[],
  choose: (cells: readonly TracedCell[]) => (id: string) => readonly TracedCell[],
): MatrixTable {
  const choosers = entries.map(({ result }) => choose(cellsOf(result.traces)))
  return {
    corner,
    columns: entries.map(({ target }) => target.name),
    rows: ids.map((id) => ({ name: id, cells: choosers.map((chosen) => worstVerdict(chosen(id))) })),
  }
}

function pad(text: string, width: number, paint: Paint): string {
  const tone = TONES[text]
  const space = ' '.repeat(Math.max(0, width - text.length))
  return (tone === undefined ? text : paint(tone, text)) + space
}
