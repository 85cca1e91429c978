import { readFileSync } from 'node:fs'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { createDrafter, DEFAULT_STALL_MS, startTap, type Recording, type Tap } from '@stopbit/recorder'
import { createRecordLog } from './record-log.ts'

/** What `record` takes from the command line. */
interface RecordOptions {
  readonly upstream: URL
  readonly listen: { readonly host: string; readonly port: number }
  readonly out: string
  readonly all?: true
  readonly json?: true
  readonly stallMs: number
  readonly hostField?: 'keep' | 'upstream'
  readonly caFile?: string
}

/** 1: the tap cannot run, a file cannot be written, or a draft was withheld. Wrong usage is 2, as for every command. */
const EXIT_FAILED = 1

/** Adds `stopbit record`. It runs until SIGINT or SIGTERM and then exits with 0, or with 1 if a draft is missing that should be there. */
export function addRecordCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('record')
    .description('listen between a client and an API, and write a draft of a trace for each exchange that fails')
    .requiredOption('--upstream <url>', 'where the API is; TLS to it ends here', toUrl)
    .option('--listen <host:port>', 'loopback address for the client (default 127.0.0.1:4142)', toAddress, {
      host: '127.0.0.1',
      port: 4142,
    })
    .option('--out <folder>', 'where drafts go, as recorded/<name>.trace.json', 'traces')
    .option('--all', 'whole exchanges, too')
    .option('--stall-ms <ms>', 'silence that is a failure when the client gives up', toDuration, DEFAULT_STALL_MS)
    .addOption(
      new Option('--host-field <how>', "the request's Host: as it is, or the API's (default for https)").choices([
        'keep',
        'upstream',
      ]),
    )
    .option('--ca-file <file>', "PEM file of the authorities that may sign the API's certificate")
    .option('--json', 'progress as JSON lines on stdout')
    .addHelpText(
      'after',
      '\nRequest bodies are never kept, answers are filled with nothing of the same length, before a file is written.',
    )
    .action(async (options: RecordOptions) => exitWith(await record(options)))
}

async function record(options: RecordOptions): Promise<number> {
  const log = createRecordLog(options.json === true)
  const save = createDrafter({ folder: options.out, all: options.all, stallMs: options.stallMs })
  const pending = new Set<Promise<void>>()
  let failed = false
  const keep = (recording: Recording): void => {
    const task = save(recording)
      .then((result) => {
        failed ||= result.kind === 'withheld'
        log.exchange(recording, result)
      })
      .catch((error: Error) => {
        failed = true
        log.failed(error)
      })
      .finally(() => pending.delete(task))
    pending.add(task)
  }
  let tap: Tap
  try {
    tap = await startTap({
      upstream: options.upstream,
      ...options.listen,
      hostField: options.hostField,
      ...(options.caFile !== undefined && { ca: readFileSync(options.caFile, 'utf8') }),
      onRecording: keep,
      onSkipped: (why) => log.skipped(why),
    })
  } catch (error) {
    process.stderr.write(`stopbit: ${(error as Error).message}\n`)
    return EXIT_FAILED
  }
  log.ready(tap.port, options.out)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  await tap.stop()
  await Promise.all(pending)
  return failed ? EXIT_FAILED : 0
}

function toUrl(text: string): URL {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text)
  throw new InvalidArgumentError('must be an http: or https: URL')
}

function toAddress(text: string): RecordOptions['listen'] {
  const [, host, port] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535) throw new InvalidArgumentError('must be HOST:PORT')
  return { host: host?.replaceAll(/^\[|\]$/g, '') ?? '127.0.0.1', port: Number(port) }
}

function toDuration(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('must be a number of milliseconds')
  return Number(text)
}
