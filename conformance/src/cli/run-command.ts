import { loadTraces } from '../load-traces.ts'
import { jsonReport } from '../report/json-report.ts'
import { createPrinter } from '../report/printer.ts'
import { formatSuite, formatTraceLine } from '../report/text-report.ts'
import { runSuite, type SuiteOptions } from '../run/run-suite.ts'
import type { Sabotage } from '../run/stage.ts'
import { exitCodeOf } from '../verdict.ts'
import { readTarget } from './read-target.ts'

/** What `run` and `matrix` take from the command line. */
export interface CommonRunOptions {
  readonly trace?: string[]
  readonly repeat: number
  readonly scale?: number
  readonly timeoutMultiplier: number
  readonly jobs: number
  readonly json?: true
}

/** What `run` takes from the command line. */
export interface RunOptions extends CommonRunOptions {
  readonly target: string
  readonly sabotage?: Sabotage
}

export function suiteOptions({ scale, repeat, timeoutMultiplier, jobs }: CommonRunOptions): SuiteOptions {
  return { ...(scale === undefined ? {} : { scale }), repeat, timeoutMultiplier, jobs }
}

/** Runs traces against a target; resolves to the exit code. Throws for a bad manifest, a bad trace, or a pattern that matches nothing. */
export async function runCommand(options: RunOptions): Promise<0 | 1 | 2> {
  const target = readTarget(options.target)
  const traces = loadTraces(options.trace).map(({ trace }) => trace)
  if (traces.length === 0) throw new RangeError(`Cannot run: no trace matches ${options.trace?.join(', ')}`)
  const printer = createPrinter(options.json === true ? process.stderr : process.stdout)
  printer.line(`${target.name}: ${traces.length} traces`)
  const result = await runSuite(target, traces, {
    ...suiteOptions(options),
    sabotage: options.sabotage,
    onResult: (trace) => printer.line(formatTraceLine(trace, printer.paint)),
  })
  printer.line(formatSuite(result, printer.paint))
  if (options.json === true) process.stdout.write(`${JSON.stringify(jsonReport(target, result), null, 2)}\n`)
  return exitCodeOf(result)
}
