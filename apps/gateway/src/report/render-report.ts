import type { Report } from './summarize.ts'

export const REPORT_FORMATS = ['table', 'json', 'csv'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

type Cell = string | number

/** One part of a report, as a table. */
interface Section {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** The report as text that ends with a line break. In CSV each line begins with its section. */
export function renderReport(report: Report, format: ReportFormat): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, undefined, 2)}\n`
    case 'csv':
      return sectionsOf(report).map(toCsv).join('')
    case 'table':
      return [
        headline(report),
        ...sectionsOf(report)
          .filter(({ rows }) => rows.length > 0)
          .map(toTable),
      ].join('\n')
  }
}

function headline({ exchanges, withoutError, from, to }: Report): string {
  if (from === undefined || to === undefined) return 'No exchanges.\n'
  const failed = exchanges - withoutError
  const span = `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
  return `${exchanges} exchanges ${span}: ${failed} with an error, ${withoutError} without.\n`
}

function sectionsOf(report: Report): Section[] {
  const { errors, withoutError, exchanges, endings, faults, upstreamErrors, retries, races, saved, stalls, latencies } =
    report
  const named = (title: string, column: string, rows: Report['endings'], counted = 'exchanges'): Section => ({
    title,
    columns: [column, counted],
    rows: rows.map((row) => [row.name, row.exchanges]),
  })
  return [
    {
      title: 'errors',
      columns: ['error', 'is_sse', 'exchanges'],
      rows: errors.map(({ error, isSse, exchanges: count }) => [error, String(isSse), count]),
    },
    named('endings', 'ending', endings),
    named('faults', 'phase: fault', faults),
    named('upstream errors', 'error of the API', upstreamErrors),
    named('retries', 'reason: after', retries, 'attempts'),
    {
      title: 'totals',
      columns: ['what', 'count'],
      rows: [
        ['exchanges', exchanges],
        ['without error', withoutError],
        ['saved by a retry', saved],
        ['idle-close races of the API', races.seen],
        ['of them retried', races.retried],
        ['warnings of a silent API', stalls],
      ],
    },
    {
      title: 'latencies',
      columns: ['milliseconds', 'exchanges', 'p50', 'p90', 'p99', 'max'],
      rows: latencies.map(({ name, exchanges: count, p50, p90, p99, max }) => [name, count, p50, p90, p99, max]),
    },
  ]
}

function toTable({ columns, rows }: Section): string {
  const lines = [columns, ...rows]
  const widths = columns.map((_column, i) => Math.max(...lines.map((line) => String(line[i] ?? '').length)))
  const text = (line: readonly Cell[]): string =>
    line
      .map((cell, i) =>
        typeof rows[0]?.[i] === 'number' ? String(cell).padStart(widths[i] ?? 0) : String(cell).padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return `${[text(columns), rule, ...rows.map(text)].join('\n')}\n`
}

function toCsv({ title, columns, rows }: Section): string {
  return [['section', ...columns], ...rows.map((row) => [title, ...row])]
    .map((line) => `${line.map(quote).join(',')}\r\n`)
    .join('')
}

/** RFC 4180. What a spreadsheet would take for a formula gets a quote before it: some words here are the API's. */
function quote(cell: Cell): string {
  const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
