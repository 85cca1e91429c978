import { MUTANTS } from '../mutants.ts'
import type { MutantResult } from '../run-mutants.ts'
import type { Paint } from './printer.ts'

/** One line per mutant: whether it failed exactly what it must, and where not. */
export function formatMutantLine({ mutant, killed, failed, unexpected }: MutantResult, paint: Paint): string {
  const line = `${killed ? paint('good', 'killed  ') : paint('bad', 'SURVIVED')}  ${mutant.name.padEnd(24)} ${mutant.change}`
  const missing = mutant.fails.filter((id) => !failed.has(id)).map((id) => `        ${id} did not fail in any trace`)
  const foreign = unexpected.map(
    (cell) => `        ${cell.trace} ${cell.invariant} ${cell.verdict}: ${cell.because ?? ''}`,
  )
  return [line, ...missing, ...foreign].join('\n')
}

/** Mutants down, invariants across, in each cell the number of traces that caught it. */
export function formatKillMatrix(results: readonly MutantResult[]): string {
  const columns = [...new Set(MUTANTS.flatMap(({ fails }) => fails))].filter((id) =>
    results.some(({ failed }) => failed.has(id)),
  )
  const width = Math.max(...results.map(({ mutant }) => mutant.name.length), 0)
  const rows = results.map(({ mutant, failed }) =>
    [mutant.name.padEnd(width), ...columns.map((id) => String(failed.get(id)?.length ?? '.').padStart(id.length))].join(
      '  ',
    ),
  )
  return ['', [' '.repeat(width), ...columns].join('  '), ...rows].join('\n')
}
