import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { lintCommand } from './cli/lint-command.ts'
import { listCommand } from './cli/list-command.ts'
import { matrixCommand } from './cli/matrix-command.ts'
import { mutantsCommand } from './cli/mutants-command.ts'
import { runCommand } from './cli/run-command.ts'
import type { Sabotage } from './run/stage.ts'

const program = new Command('stopbit-conformance')
  .description('Holds a proxy for LLM streams against recorded failures.')
  .exitOverride()

withRunOptions(program.command('run'))
  .description('run traces against a target (exit 0 conforming, 1 not, 2 the harness cannot say)')
  .requiredOption('--target <file>', 'target manifest (CONTRACT.md)')
  .option('--sabotage <how>', 'break the harness on purpose: skip-fault', sabotage)
  .action(async (options) => exitWith(await runCommand(options)))

withRunOptions(program.command('matrix [manifests...]'))
  .description('run traces against all targets of the suite, or those named by name or file; exit code as for run')
  .option('--write <file>', 'the matrix as a Markdown page')
  .action(async (names: string[], options) => exitWith(await matrixCommand(names, options)))

program
  .command('mutants [names...]')
  .description('run the suite against its broken reference proxies; each must fail exactly its own invariants')
  .option('--trace <pattern...>', 'ids of traces, with * and **')
  .option('--jobs <n>', 'traces at the same time', wholeNumber, 4)
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

// The children are killed on exit; without these two a signal would end the process without one.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2 // commander has printed it
  else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
  }
}

function withRunOptions(command: Command): Command {
  return command
    .option('--trace <pattern...>', 'ids of traces, with * and **')
    .option('--repeat <n>', 'run each trace n times; differing verdicts are flaky', wholeNumber, 1)
    .option('--scale <x>', "factor for the traces' durations and limits", positiveNumber)
    .option('--timeout-multiplier <x>', "factor for the harness's own windows", positiveNumber, 1)
    .option('--jobs <n>', 'traces at the same time', wholeNumber, 4)
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
  if (!(Number(text) > 0)) throw new InvalidArgumentError('must be a number above 0')
  return Number(text)
}

function sabotage(text: string): Sabotage {
  if (text !== 'skip-fault') throw new InvalidArgumentError('known is skip-fault')
  return text
}
