import { InvalidArgumentError, Option, type Command } from 'commander'
import { readJournal } from './read-journal.ts'
import { renderReport, REPORT_FORMATS, type ReportFormat } from './render-report.ts'
import { summarize } from './summarize.ts'

interface ReportOptions {
  readonly journal: string
  readonly since?: number
  readonly until?: number
  readonly upstream?: string
  readonly format: ReportFormat
}

const EXIT_FAILED = 1

/** Adds `stopbit report`, which prints what the exchanges of a journal come to. Only the report goes to stdout. */
export function addReportCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('report')
    .description('print what went wrong, and how often, from the journal of a gateway')
    .addOption(
      new Option('--journal <path>', 'folder of the journal, or a file of JSON lines: of a journal or of the log')
        .env('STOPBIT_JOURNAL_DIR')
        .makeOptionMandatory(),
    )
    .option('--since <time>', 'only exchanges from then on: a date, or an age as in 90m, 24h, 7d', toTime)
    .option('--until <time>', 'only exchanges before then', toTime)
    .option('--upstream <text>', 'only exchanges with an API whose origin has this in it')
    .addOption(new Option('--format <format>', 'what to print').choices(REPORT_FORMATS).default('table'))
    .action(async ({ journal, format, ...filter }: ReportOptions) => exitWith(await report(journal, filter, format)))
}

async function report(
  journal: string,
  filter: Parameters<typeof readJournal>[1],
  format: ReportFormat,
): Promise<number> {
  try {
    const { entries, strangeLines } = await readJournal(journal, filter)
    if (strangeLines > 0) process.stderr.write(`stopbit: ${strangeLines} lines are no records and were left out\n`)
    process.stdout.write(renderReport(summarize(entries), format))
    return 0
  } catch (error) {
    process.stderr.write(`stopbit: Cannot read the journal: ${(error as Error).message}\n`)
    return EXIT_FAILED
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function toTime(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (amount !== undefined) return Date.now() - Number(amount) * (UNITS[unit] ?? 0)
  const time = /^\d{4}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return time
  throw new InvalidArgumentError('must be a date as in 2026-11-21T18:00Z, or an age as in 90m, 24h, 7d')
}
