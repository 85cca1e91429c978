import type { Trace } from '@stopbit/traces'
import { createReport, type ReportContext } from '../report/create-report.ts'
import { createProgress } from '../report/progress.ts'
import { createPrinter } from '../report/printer.ts'
import { readReplay, traceOfPermutation } from '../report/replay.ts'
import { formatSuite } from '../report/text-report.ts'
import { writeReports, withoutGreenTimelines } from '../report/write-reports.ts'
import { runSuite, type SuiteOptions } from '../run/run-suite.ts'
import type { Sabotage } from '../run/stage.ts'
import { chooseTraces } from './choose-traces.ts'
import { readTarget } from './read-target.ts'

/** What `run` and `matrix` take from the command line. */
export interface CommonRunOptions {
  readonly trace?: string[]
  readonly profile?: string[]
  readonly release?: string
  readonly repeat: number
  readonly scale?: number
  readonly timeoutMultiplier: number
  readonly jobs: number
  readonly json?: true
  /** A folder. */
  readonly report?: string
}

/** What `run` takes from the command line. One of `target` and `replay` is needed; with both, `target` wins. */
export interface RunOptions extends CommonRunOptions {
  readonly target?: string
  /** A replay file: its trace, scale, repeat and multiplier take the place of the options. */
  readonly replay?: string
  readonly sabotage?: Sabotage
}

export function suiteOptions({ scale, repeat, timeoutMultiplier, jobs }: CommonRunOptions): SuiteOptions {
  return { ...(scale === undefined ? {} : { scale }), repeat, timeoutMultiplier, jobs }
}

/** Runs traces against a target; resolves to the exit code. Throws for a bad manifest, a bad trace, or a selection that is empty. */
export async function runCommand(given: RunOptions): Promise<0 | 1 | 2> {
  const { target: manifestFile, chosen, context, options } = planRun(given)
  const target = readTarget(manifestFile)
  const stream = options.json === true ? process.stderr : process.stdout
  const printer = createPrinter(stream)
  printer.line(`${target.name}: ${chosen.length} traces`)
  const progress = createProgress(stream, { total: chosen.length, paint: printer.paint })
  const played = await runSuite(target, chosen, {
    ...suiteOptions(options),
    sabotage: options.sabotage,
    onStart: progress.onStart,
    onResult: progress.onResult,
  }).finally(progress.stop)
  const report = createReport(played, { ...context, target })
  printer.line(formatSuite(report, printer.paint))
  if (options.report !== undefined) {
    writeReports(options.report, report, { manifestFile, timeoutMultiplier: options.timeoutMultiplier })
    printer.line(`reports: ${options.report}`)
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify(withoutGreenTimelines(report), null, 2)}\n`)
  return report.exitCode
}

interface Plan {
  /** Path of the manifest. */
  readonly target: string
  readonly chosen: readonly Trace[]
  readonly context: Omit<ReportContext, 'target'>
  readonly options: RunOptions
}

function planRun(options: RunOptions): Plan {
  if (options.replay === undefined) {
    if (options.target === undefined) throw new RangeError('Cannot run: --target FILE or --replay FILE is needed')
    const { trace, profile, release, sabotage } = options
    return { target: options.target, options, ...chooseTraces({ trace, profile, release, sabotage }) }
  }
  const { target, trace, ...timing } = readReplay(options.replay)
  const { context } = chooseTraces({ release: options.release })
  const chosen = [traceOfPermutation(trace, context.traces)]
  return {
    target: options.target ?? target,
    chosen,
    context: { ...context, selection: { ...context.selection, traces: [trace] } },
    options: { ...options, ...timing },
  }
}
