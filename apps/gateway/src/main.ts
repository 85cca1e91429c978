import { Command, Option } from 'commander'
import { OptionError, type ExchangeRecord } from '@stopbit/exchange'
import pino from 'pino'
import { readGatewayOptions, type GatewayOptions } from './gateway-options.ts'
import { OPTIONS, toFlag, toVariable, type OptionRow } from './option-table.ts'
import { addRecordCommand } from './record-command.ts'
import { startGateway } from './start-gateway.ts'

/** 2: the command line, the environment or the configuration file is wrong. 1: the gateway could not run. */
const EXIT_USAGE = 2
const EXIT_FAILED = 1

/** Log lines that wait for a slow reader. */
const LOG_BUFFER_BYTES = 4 * 1024 * 1024
/** How long a stopping gateway waits for its log to be taken. */
const FLUSH_MS = 1_000

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
  await runGateway(() =>
    readGatewayOptions({ flags, environment: process.env, ...(configFile !== undefined && { configFile }) }),
  )
})
addRecordCommand(program, (code) => (process.exitCode = code))
await program.parseAsync()

function toOption(row: OptionRow): Option {
  return new Option(`${toFlag(row)} <${row.kind}>`, `${row.help} [${toVariable(row.name)}]`)
}

function secretsHelp(): string {
  return OPTIONS.filter((row) => row.kind === 'secret')
    .map((row) => `  ${toVariable(row.name)}  ${row.help}`)
    .join('\n')
}

async function runGateway(readOptions: () => GatewayOptions): Promise<void> {
  // The log goes to stderr as JSON lines; stdout is for the one line that says the gateway is ready. A reader of the log that
  // stops reading must not stop the gateway: beyond the buffer lines are dropped.
  const destination = pino.destination({ fd: 2, sync: false, maxLength: LOG_BUFFER_BYTES })
  const log = pino({ base: null }, destination)
  try {
    const options = readOptions()
    const running = await startGateway(options, {
      onRecord: (record) => logExchange(log, record),
      onStall: (warning) => log.warn(warning, 'upstream silent'),
      onRefused: (request) => log.warn(request, 'refused'),
      onDefect: (defect) => log.error(defect),
      onDraft: (draft) => log.info(draft, 'draft'),
    })
    log.info({ host: options.listenHost, port: running.port, upstream: options.upstreamUrl.origin }, 'listening')
    const stop = (signal: NodeJS.Signals): void => {
      log.info({ signal }, 'stopping')
      void running.stop().then(() => {
        setTimeout(() => process.exit(0), FLUSH_MS)
        destination.flush(() => process.exit(0))
      })
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
    // Last, so that whoever waits for it may send a signal at once.
    process.stdout.write(`STOPBIT_READY ${JSON.stringify({ port: running.port })}\n`)
  } catch (error) {
    process.stderr.write(`stopbit: ${(error as Error).message}\n`)
    process.exitCode = error instanceof OptionError ? EXIT_USAGE : EXIT_FAILED
  }
}

function logExchange(log: pino.Logger, record: ExchangeRecord): void {
  if (record.fault === undefined && record.upstreamError === undefined) log.info(record, 'exchange')
  else log.warn(record, 'exchange')
}
