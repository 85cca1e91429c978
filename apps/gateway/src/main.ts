import { Command, Option } from 'commander'
import { OptionError } from '@stopbit/exchange'
import { addDoctorCommand } from './doctor/doctor-command.ts'
import { addProbeCommand } from './doctor/probe-command.ts'
import { readGatewayOptions, type OptionSources } from './gateway-options.ts'
import { OPTIONS, toFlag, toVariable, type OptionRow } from './option-table.ts'
import { addPresetsCommand } from './presets-command.ts'
import { addRecordCommand } from './record-command.ts'
import { addReportCommand } from './report/report-command.ts'
import { runGateway } from './run-gateway.ts'

/** 2: the command line, the environment or the configuration file is wrong. 1: the gateway could not run. */
const EXIT_USAGE = 2
const EXIT_FAILED = 1

const program = new Command('stopbit')
  .description('LLM streams that always end, and whose end is true')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE))

const gateway = program
  .command('gateway')
  .description('run a gateway in front of an LLM API')
  .option('--config <file>', 'JSON file with options by name')
  .addHelpText('after', '\nFlags win over the environment, the environment over the configuration file.')
for (const row of OPTIONS) if (row.kind !== 'secret') gateway.addOption(toOption(row))
gateway.addHelpText('after', `\nSecrets, by environment or file only:\n${secretsHelp()}`)
gateway.action(async (given: Record<string, string | undefined>) => {
  const flags = Object.fromEntries(OPTIONS.map((row) => [row.name, given[toOption(row).attributeName()]]))
  const configFile = given['config']
  await start({ flags, environment: process.env, ...(configFile !== undefined && { configFile }) })
})
addPresetsCommand(program)
addRecordCommand(program, (code) => (process.exitCode = code))
addReportCommand(program, (code) => (process.exitCode = code))
addDoctorCommand(program, (code) => (process.exitCode = code))
addProbeCommand(program, (code) => (process.exitCode = code))
await program.parseAsync()

function toOption(row: OptionRow): Option {
  const help = `${row.help} [${toVariable(row.name)}]`
  if (row.kind === 'switch') return new Option(`${toFlag(row)} [choice]`, help).preset('yes')
  return new Option(`${toFlag(row)} <${row.kind}>`, help)
}

function secretsHelp(): string {
  return OPTIONS.filter((row) => row.kind === 'secret')
    .map((row) => `  ${toVariable(row.name)}  ${row.help}`)
    .join('\n')
}

async function start(sources: OptionSources): Promise<void> {
  try {
    await runGateway(readGatewayOptions(sources))
  } catch (error) {
    process.stderr.write(`stopbit: ${(error as Error).message}\n`)
    process.exitCode = error instanceof OptionError ? EXIT_USAGE : EXIT_FAILED
  }
}
