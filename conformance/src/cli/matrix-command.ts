import { writeFileSync } from 'node:fs'
import { loadTraces } from '../load-traces.ts'
import { jsonReport } from '../report/json-report.ts'
import { matrixMarkdown } from '../report/matrix-markdown.ts'
import { formatTable, tableByInvariant, tableByTrace, type MatrixTable } from '../report/matrix-table.ts'
import { createPrinter } from '../report/printer.ts'
import { formatTraceLine } from '../report/text-report.ts'
import { manifestFiles, matrixExitCode, runMatrix, type MatrixEntry } from '../run-matrix.ts'
import { readTarget } from './read-target.ts'
import { suiteOptions, type CommonRunOptions } from './run-command.ts'

/** What `matrix` takes from the command line. */
export interface MatrixCommandOptions extends CommonRunOptions {
  /** A Markdown file. */
  readonly write?: string
}

/** Runs traces against several targets; resolves to the exit code. Throws as `runCommand` does, before anything is run. */
export async function matrixCommand(names: readonly string[], options: MatrixCommandOptions): Promise<0 | 1 | 2> {
  const targets = manifestFiles(names).map(readTarget)
  const traces = loadTraces(options.trace).map(({ trace }) => trace)
  if (traces.length === 0) throw new RangeError(`Cannot run: no trace matches ${options.trace?.join(', ')}`)
  const printer = createPrinter(options.json === true ? process.stderr : process.stdout)
  printer.line(`${targets.length} targets, ${traces.length} traces`)
  const width = Math.max(...targets.map(({ name }) => name.length))
  const entries = await runMatrix(targets, traces, {
    ...suiteOptions(options),
    onResult: ({ name }, result) => printer.line(`${name.padEnd(width)}  ${formatTraceLine(result, printer.paint)}`),
  })
  for (const table of [tableByTrace(entries), tableByInvariant(entries)])
    printer.line(`\n${formatTable(table, printer.paint)}`)
  if (options.write !== undefined) writeFileSync(options.write, matrixMarkdown(entries))
  if (options.json === true) process.stdout.write(`${JSON.stringify(toJson(entries), null, 2)}\n`)
  return matrixExitCode(entries)
}

function toJson(entries: readonly MatrixEntry[]): object {
  return {
    schema: 1,
    exitCode: matrixExitCode(entries),
    byTrace: tableJson(tableByTrace(entries)),
    byInvariant: tableJson(tableByInvariant(entries)),
    targets: entries.map(({ target, result }) => jsonReport(target, result)),
  }
}

/** Row to target to worst verdict. */
function tableJson({ columns, rows }: MatrixTable): object {
  return Object.fromEntries(
    rows.map(({ name, cells }) => [name, Object.fromEntries(columns.map((target, at) => [target, cells[at]]))]),
  )
}
