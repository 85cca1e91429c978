import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createReport, scoredPart, selectCells } from '../report/create-report.ts'
import { matrixMarkdown } from '../report/matrix-markdown.ts'
import { formatTable, tableByInvariant, tableByTrace, type MatrixTable } from '../report/matrix-table.ts'
import { thirdPartyMarkdown } from '../report/matrix-third-party.ts'
import { createPrinter } from '../report/printer.ts'
import { createProgress } from '../report/progress.ts'
import type { Report } from '../report/report.ts'
import { withoutGreenTimelines, writeReports } from '../report/write-reports.ts'
import { manifestFiles, matrixExitCode, runMatrix, type MatrixEntry } from '../run-matrix.ts'
import { chooseTraces } from './choose-traces.ts'
import { checkPrograms } from '../run/target/read-versions.ts'
import { readTarget } from './read-target.ts'
import { suiteOptions, type CommonRunOptions } from './run-command.ts'

/** What `matrix` takes from the command line. */
export interface MatrixCommandOptions extends CommonRunOptions {
  /** A Markdown file. */
  readonly write?: string
  /** The proxies of others instead of the suite's own targets. */
  readonly thirdParty?: true
}

/** Runs traces against several targets; resolves to the exit code. Throws as `runCommand` does, before anything is run. */
export async function matrixCommand(names: readonly string[], options: MatrixCommandOptions): Promise<0 | 1 | 2> {
  const files = manifestFiles(names, options.thirdParty === true ? 'third-party' : 'suite')
  const targets = files.map(readTarget)
  await checkPrograms(targets)
  const { chosen, context } = chooseTraces(options)
  const stream = options.json === true ? process.stderr : process.stdout
  const printer = createPrinter(stream)
  printer.line(`${targets.length} targets, ${chosen.length} traces`)
  const width = Math.max(...targets.map(({ name }) => name.length))
  const progress = createProgress(stream, { total: targets.length * chosen.length, paint: printer.paint })
  const played = await runMatrix(targets, chosen, {
    ...suiteOptions(options),
    onStart: progress.onStart,
    onResult: ({ name }, result) => progress.onResult(result, name.padEnd(width)),
  }).finally(progress.stop)
  const entries = played.map(({ target, result }) => ({ target, result: selectCells(result, context) }))
  const scored = entries.map(({ target, result }) => ({ target, result: scoredPart(result, context.requirements) }))
  const reports = entries.map(({ target, result }) => createReport(result, { ...context, target }))
  for (const table of [tableByTrace(entries), tableByInvariant(entries)])
    printer.line(`\n${formatTable(table, printer.paint)}`)
  const page = options.thirdParty === true ? thirdPartyMarkdown : matrixMarkdown
  if (options.write !== undefined) writeFileSync(options.write, page(entries))
  if (options.report !== undefined) {
    const { timeoutMultiplier } = options
    for (const [at, report] of reports.entries())
      writeReports(join(options.report, report.target), report, { manifestFile: files[at] ?? '', timeoutMultiplier })
  }
  const exitCode = matrixExitCode(scored)
  if (options.json === true) process.stdout.write(`${JSON.stringify(toJson(entries, reports, exitCode), null, 2)}\n`)
  return exitCode
}

function toJson(entries: readonly MatrixEntry[], reports: readonly Report[], exitCode: 0 | 1 | 2): object {
  return {
    schema: 1,
    exitCode,
    byTrace: tableJson(tableByTrace(entries)),
    byInvariant: tableJson(tableByInvariant(entries)),
    targets: reports.map(withoutGreenTimelines),
  }
}

/** Row to target to worst verdict. */
function tableJson({ columns, rows }: MatrixTable): object {
  return Object.fromEntries(
    rows.map(({ name, cells }) => [name, Object.fromEntries(columns.map((target, at) => [target, cells[at]]))]),
  )
}
