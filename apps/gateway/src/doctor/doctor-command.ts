import { readFileSync } from 'node:fs'
import { InvalidArgumentError, type Command } from 'commander'
import type { Check, CheckName } from './check.ts'
import { runDoctor } from './run-doctor.ts'
import { sayDuration } from '../status-page/browser/words.ts'

/** 1: something was found. Wrong usage is 2, as for every command. */
const EXIT_FOUND = 1
const EXIT_USAGE = 2

/** How often a check that takes long says that it goes on. */
const PROGRESS_MS = 10_000
const PROGRESS_TERMINAL_MS = 1_000

/** Limits of 30 s (firewalls, CloudFront) and 60 s (nginx, ALB) are the commonest; 100 s was Cloudflare's for long. */
const SILENCES_MS = [30_000, 60_000, 100_000]

const WIDTH = 88

/** What `doctor` takes from the command line. */
interface DoctorArguments {
  readonly upstream?: string
  readonly probe?: string
  readonly silence?: readonly number[]
  readonly gap?: number
  readonly timeout?: number
  readonly caFile?: string
  readonly json?: true
}

/** Adds `stopbit doctor`. It exits with 0 if all is well, with 1 if it found something, with 2 for wrong usage. */
export function addDoctorCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('doctor')
    .description('look at the path to an API for what breaks streams, and say what to change')
    .option('--upstream <url>', 'the API, or what stands before it: name, TLS, time to headers')
    .option('--probe <url>', 'the same path with `stopbit probe` at its end: buffering and silence, too')
    .option(
      '--silence <seconds,…>',
      'silences to try on the probe, all at once (default 30,60,100)',
      toDurations,
      [30_000, 60_000, 100_000],
    )
    .option('--gap <seconds>', 'from event to event when looking for buffering (default 0.5)', toDuration)
    .option('--timeout <seconds>', 'longest wait for a connection or for headers (default 10)', toDuration)
    .option('--ca-file <file>', 'PEM file of the authorities to trust, in place of the usual ones')
    .option('--json', 'the result as one JSON object on stdout')
    .addHelpText(
      'after',
      '\nNo key and no prompt is sent. Real APIs cannot be asked to be silent: run `stopbit probe` where the API would be,' +
        '\nand name it with --probe by the address that goes through the same proxies.' +
        '\nExit status: 0 all is well, 1 something was found, 2 wrong usage.',
    )
    .action(async (given: DoctorArguments) => exitWith(await examine(given)))
}

async function examine(given: DoctorArguments): Promise<number> {
  const { silence = SILENCES_MS, gap = 500, timeout = 10_000, caFile, json = false } = given
  let urls: { upstream?: URL; probe?: URL }
  let ca: string | undefined
  try {
    urls = readUrls(given)
    if (caFile !== undefined) ca = readFileSync(caFile, 'utf8')
  } catch (error) {
    process.stderr.write(`stopbit: ${(error as Error).message}\n`)
    return EXIT_USAGE
  }
  const progress = new Progress()
  let path: Check['path'] | undefined
  const checks = await runDoctor({
    ...urls,
    silencesMs: silence,
    gapMs: gap,
    timeoutMs: timeout,
    ca,
    onStart: (name, lastsMs) => progress.start(name, lastsMs),
    onCheck: (check) => {
      progress.stop()
      if (json) return
      if (check.path !== path)
        process.stdout.write(`${path === undefined ? '' : '\n'}${check.path}  ${urls[check.path]?.href}\n`)
      path = check.path
      process.stdout.write(toText(check))
    },
  })
  const found = checks.filter(({ verdict }) => verdict === 'found').length
  if (json) process.stdout.write(`${JSON.stringify({ version: 1, found, checks })}\n`)
  else process.stdout.write(`\n${summary(found, urls.probe === undefined)}\n`)
  return found === 0 ? 0 : EXIT_FOUND
}

function toText({ name, verdict, sentence, advice }: Check): string {
  const word = { fine: 'ok', found: 'FOUND', skipped: '-' }[verdict]
  const indent = ' '.repeat(21)
  const lines = wrap(sentence).join(`\n${indent}`)
  const todo = advice.map((one) => `${indent}→ ${wrap(one).join(`\n${indent}  `)}\n`).join('')
  return `  ${word.padEnd(7)}${name.padEnd(12)}${lines}\n${todo}`
}

function summary(found: number, isWithoutProbe: boolean): string {
  const more = isWithoutProbe ? ' Buffering and silence were not looked at: they need --probe.' : ''
  if (found === 0) return `Nothing was found.${more}`
  return `${found} ${found === 1 ? 'thing was' : 'things were'} found; what to change stands beside each.${more}`
}

function wrap(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + word.length >= WIDTH) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

/** Says on stderr how far a long check is: on one line of a terminal, else now and then. */
class Progress {
  readonly #isTerminal = process.stderr.isTTY === true
  #timer: NodeJS.Timeout | undefined

  start(name: CheckName, lastsMs: number): void {
    const everyMs = this.#isTerminal ? PROGRESS_TERMINAL_MS : PROGRESS_MS
    if (lastsMs < everyMs) return
    const startedAt = performance.now()
    const say = (): void => {
      const text = `  …      ${name}: ${sayDuration(Math.floor((performance.now() - startedAt) / 1000) * 1000)} of ${sayDuration(lastsMs)}`
      process.stderr.write(this.#isTerminal ? `\r\u001B[K${text}` : `${text}\n`)
    }
    say()
    this.#timer = setInterval(say, everyMs)
  }

  stop(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#isTerminal) process.stderr.write('\r\u001B[K')
  }
}

function readUrls({ upstream, probe }: DoctorArguments): { upstream?: URL; probe?: URL } {
  if (upstream === undefined && probe === undefined) throw new Error('Cannot start: give --upstream, --probe or both')
  return {
    ...(upstream !== undefined && { upstream: toUrl('--upstream', upstream) }),
    ...(probe !== undefined && { probe: toUrl('--probe', probe) }),
  }
}

/** Not left to commander, which repeats what it refuses: a password or a key in a URL must not be. */
function toUrl(flag: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // The URL is printed, and may end up in a ticket: nothing secret belongs into it.
  const isPlain = url !== undefined && [url.username, url.password, url.search, url.hash].every((part) => part === '')
  if (isPlain && /^https?:$/.test(url.protocol)) return url
  throw new Error(`Cannot use ${flag}: must be an http: or https: URL without credentials, query or fragment`)
}

function toDurations(text: string): number[] {
  const durations = text.split(',').map(toDuration)
  if (durations.length <= 10) return durations
  throw new InvalidArgumentError('must be at most 10 silences')
}

function toDuration(text: string): number {
  const ms = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) * 1000 : 0
  if (ms > 0 && ms <= 600_000) return ms
  throw new InvalidArgumentError('must be seconds, more than 0 and at most 600')
}
