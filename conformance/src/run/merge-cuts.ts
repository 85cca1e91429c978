import type { Trace } from '@stopbit/traces'
import { worstVerdict, type Cell, type TraceResult } from '../verdict.ts'

/** After so many cuts that fail, more of them would say nothing new and could take minutes. */
const ENOUGH_FAILURES = 3

export function showsEnough(results: readonly TraceResult[]): boolean {
  return results.filter(hasFailed).length >= ENOUGH_FAILURES
}

/** One result for all cuts of a trace: of each invariant the worst cell, with the first place in which it is so. */
export function mergeCuts(trace: Trace, results: readonly TraceResult[]): TraceResult {
  const [first] = results
  if (first === undefined) throw new RangeError(`Cannot merge ${trace.id}: nothing was played`)
  const shown = results.find(hasFailed) ?? first
  return {
    ...shown,
    trace: trace.id,
    cells: first.cells.map((cell, index) => worstCell(cell, index, results)),
    outcomes: [...new Set(results.flatMap(({ outcomes }) => outcomes))],
    upstream: {
      connections: sum(results.map(({ upstream }) => upstream.connections)),
      requests: sum(results.map(({ upstream }) => upstream.requests)),
    },
    durationMs: sum(results.map(({ durationMs }) => durationMs)),
  }
}

function hasFailed({ cells }: TraceResult): boolean {
  return cells.some(({ verdict }) => verdict === 'fail')
}

function worstCell(cell: Cell, index: number, results: readonly TraceResult[]): Cell {
  const cells = results.flatMap(({ cells: own }) => own[index] ?? [])
  const worst = worstVerdict(cells)
  const at = results.findIndex(({ cells: own }) => own[index]?.verdict === worst)
  const found = results[at]?.cells[index] ?? cell
  const count = cells.filter(({ verdict }) => verdict === worst).length
  const place = `${count} of ${results.length} cuts`
  if (found.verdict === 'pass') return { ...found, because: place }
  return { ...found, because: `${place}, first ${results[at]?.trace.split('/').at(-1)}: ${found.because}` }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
