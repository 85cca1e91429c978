import { loadTraces } from '../load-traces.ts'
import { readManifest } from '../read-manifest.ts'
import { jsonReport } from '../report/json-report.ts'
import { createPrinter } from '../report/printer.ts'
import { formatSuite, formatTraceLine } from '../report/text-report.ts'
import { runSuite } from '../run/run-suite.ts'
import type { Sabotage } from '../run/stage.ts'
import { exitCodeOf } from '../verdict.ts'

/** What `run` takes from the command line. */
export interface RunOptions {
  readonly target: string
  readonly trace?: string[]
  readonly repeat: number
  readonly scale?: number
  readonly timeoutMultiplier: number
  readonly jobs: number
  readonly sabotage?: Sabotage
  readonly json?: true
}

/** Runs traces against a target; resolves to the exit code. Throws for a bad manifest, a bad trace, or a pattern that matches nothing. */
export async function runCommand(options: RunOptions): Promise<0 | 1 | 2> {
  const target = readManifest(options.target)
  const traces = loadTraces(options.trace).map(({ trace }) => trace)
  if (traces.length === 0) throw new RangeError(`Cannot run: no trace matches ${options.trace?.join(', ')}`)
  const printer = createPrinter(options.json === true ? process.stderr : process.stdout)
  printer.line(`${target.name}: ${traces.length} traces`)
  const result = await runSuite(target, traces, {
    ...(options.scale === undefined ? {} : { scale: options.scale }),
    repeat: options.repeat,
    timeoutMultiplier: options.timeoutMultiplier,
    jobs: options.jobs,
    sabotage: options.sabotage,
    onResult: (trace) => printer.line(formatTraceLine(trace, printer.paint)),
  })
  printer.line(formatSuite(result, printer.paint))
  if (options.json === true) process.stdout.write(`${JSON.stringify(jsonReport(target, result), null, 2)}\n`)
  return exitCodeOf(result)
}
