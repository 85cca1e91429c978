import { DEFAULT_SCALE } from '@stopbit/traces'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { freezeCommand } from './cli/freeze-command.ts'
import { lintCommand } from './cli/lint-command.ts'
import { listCommand } from './cli/list-command.ts'
import { matrixCommand } from './cli/matrix-command.ts'
import { mutantsCommand } from './cli/mutants-command.ts'
import { runCommand } from './cli/run-command.ts'
import { traceFormatCommand } from './cli/trace-format-command.ts'
import { traceLintCommand } from './cli/trace-lint-command.ts'
import { traceTryCommand } from './cli/trace-try-command.ts'
import { PROFILE_NAMES } from './profiles.ts'
import { suiteVersion } from './report/create-report.ts'
import { legalText } from './report/plain-text.ts'
import { SABOTAGES, type Sabotage } from './run/stage.ts'

const program = new Command('stopbit-conformance')
  .description('Holds a proxy for LLM streams against failures that really happened.')
  .version(suiteVersion())
  .addHelpText(
    'after',
    '\nTo test a proxy of yours, write a manifest: CONTRACT.md beside this package says what it holds.',
  )
  .exitOverride()

withRunOptions(program.command('run'))
  .description('run traces against a target (exit 0 conforming, 1 not, 2 the harness cannot say)')
  .option('--target <file>', 'target manifest (CONTRACT.md)')
  .option('--replay <file>', 'one permutation again, as a report has it')
  .option('--sabotage <how>', `break the harness on purpose: ${SABOTAGES.join(', ')}`, sabotage)
  .action(async (options) => exitWith(await runCommand(options)))

withRunOptions(program.command('matrix [manifests...]'))
  .description('run traces against all targets of the suite, or those named by name or file; exit code as for run')
  .option('--write <file>', 'the matrix as a Markdown page')
  .option('--third-party', 'the proxies of others, each in a plain configuration')
  .action(async (names: string[], options) => exitWith(await matrixCommand(names, options)))

program
  .command('mutants [names...]')
  .description('run the suite against its broken reference proxies; each must fail exactly its own invariants')
  .option('--trace <pattern...>', 'ids of traces, with * and **')
  .option('--jobs <n>', 'mutants at the same time', wholeNumber, 2)
  .option('--timeout-multiplier <x>', "factor for the harness's own windows", positiveNumber, 1)
  .option('--write <file>', 'the whole kill matrix as a Markdown page')
  .option('--json', 'machine-readable result on stdout')
  .action(async (names: string[], options) => exitWith(await mutantsCommand(names, options)))

program
  .command('list')
  .description('list traces and invariants')
  .option('--json', 'machine-readable result on stdout')
  .action((options) => exitWith(listCommand(options)))

program
  .command('lint')
  .description('check traces: schema, check sums, clocks, provenance')
  .action(async () => exitWith(await lintCommand()))

const trace = program.command('trace').description('one trace, in any folder')

trace
  .command('lint <files...>')
  .description('check traces by file: schema, check sums, clocks, provenance')
  .action(async (files: string[]) => exitWith(await traceLintCommand(files)))

trace
  .command('format <files...>')
  .description('lay traces out as all are')
  .action((files: string[]) => exitWith(traceFormatCommand(files)))

trace
  .command('try <file>')
  .description(
    'which mutants a trace kills; exit 1 if the reference proxy fails it, or it kills none and is no control',
  )
  .option('--jobs <n>', 'mutants at the same time', wholeNumber, 4)
  .option('--json', 'machine-readable result on stdout')
  .action(async (file: string, options) => exitWith(await traceTryCommand(file, options)))

program
  .command('freeze <release>')
  .description('write requirements/<release>.json from the traces as they are; refuses a release that is frozen')
  .action((release: string) => exitWith(freezeCommand(release)))

// The children are killed on exit; without these two a signal would end the process without one.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2 // commander has printed it
  else {
    process.stderr.write(`${legalText(error instanceof Error ? error.message : String(error))}\n`)
    process.exitCode = 2
  }
}

function withRunOptions(command: Command): Command {
  return command
    .option('--trace <pattern...>', 'ids of traces, with * and **')
    .option('--repeat <n>', 'run each trace n times; differing verdicts are flaky', wholeNumber, 1)
    .option('--scale <x>', `factor for the traces' durations and limits (default: ${DEFAULT_SCALE})`, positiveNumber)
    .option('--timeout-multiplier <x>', "factor for the harness's own windows", positiveNumber, 1)
    .option('--jobs <n>', 'traces at the same time', wholeNumber, 4)
    .option('--profile <name...>', `parts of the suite: ${PROFILE_NAMES.join(', ')}`)
    .option('--release <release>', 'frozen set that decides, default the newest; what it does not have is shown only')
    .option('--report <folder>', 'reports as JSON, JUnit, Markdown and HTML, badge and replays')
    .option('--json', 'machine-readable result on stdout')
}

function exitWith(code: number): void {
  process.exitCode = code
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('must be a whole number of at least 1')
  return Number(text)
}

function positiveNumber(text: string): number {
  if (!(Number(text) > 0 && Number(text) <= 100))
    throw new InvalidArgumentError('must be a number above 0, at most 100')
  return Number(text)
}

function sabotage(text: string): Sabotage {
  const known = SABOTAGES.find((way) => way === text)
  if (known === undefined) throw new InvalidArgumentError(`known are ${SABOTAGES.join(', ')}`)
  return known
}
