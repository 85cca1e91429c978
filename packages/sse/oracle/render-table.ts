import { ALLOWED, FORBIDDEN, type Verdict } from './judge.ts'
import type { CutExample, CutRow } from './run-cuts.ts'

const COLUMNS: readonly Verdict[] = [...ALLOWED, ...FORBIDDEN]

/** The rows of one policy as text, columns aligned. */
export function renderTable(rows: readonly CutRow[]): string {
  const head = ['dialect', 'decoder', 'cuts', ...COLUMNS]
  const lines = rows.map((row) => [
    row.dialect,
    row.decoder,
    String(row.cuts),
    ...COLUMNS.map((column) => String(row.counts.get(column) ?? 0)),
  ])
  const widths = head.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]?.length ?? 0)))
  const aligned = [head, ...lines].map((line) =>
    line.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  )
  const total = rows.reduce((sum, { cuts }) => sum + cuts, 0)
  const reads = rows.reduce((sum, row) => sum + row.reads, 0)
  return [...aligned, `${String(total)} cuts, ${String(reads)} different deliveries read by real clients`].join('\n')
}

/** One example of each forbidden column that is not 0, with what is needed to do it again. */
export function renderFailures(rows: readonly CutRow[]): string {
  const found = rows.flatMap((row) =>
    FORBIDDEN.flatMap((verdict) => {
      const example = row.examples.get(verdict)
      return example === undefined ? [] : [renderExample(row, verdict, example)]
    }),
  )
  return found.join('\n\n')
}

function renderExample(row: CutRow, verdict: Verdict, example: CutExample): string {
  const { stream, cut, delivery, ending, received, observation } = example
  return [
    `${verdict}: ${row.dialect}, ${row.decoder}, policy ${row.policy}, ${String(row.counts.get(verdict))} cuts; the first:`,
    `  stream "${stream}" cut behind byte ${String(cut)}, delivered ${JSON.stringify(delivery)}, ending ${ending}`,
    `  observed ${JSON.stringify(observation)}`,
    `  last bytes received ${JSON.stringify(received.slice(-600))}`,
  ].join('\n')
}

/** Whether a forbidden column is not 0. */
export function isFailed(row: CutRow): boolean {
  return FORBIDDEN.some((verdict) => (row.counts.get(verdict) ?? 0) > 0)
}
