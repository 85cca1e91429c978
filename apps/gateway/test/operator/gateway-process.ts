import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** One line of the log. */
export type LogEntry = Readonly<Record<string, unknown>> & { readonly msg?: string }

/** A gateway as its own process, seen as its operator sees it. */
export interface GatewayProcess {
  readonly child: ChildProcess
  readonly url: string
  /** Of the admin port, with a slash at its end; undefined if there is none. */
  readonly admin: string | undefined
  /** Everything that was logged so far. */
  readonly log: readonly LogEntry[]
  /** The n-th log entry (from 1) that fits; waits for it. Rejects if the process ends first. */
  logged(fits: (entry: LogEntry) => boolean, n?: number): Promise<LogEntry>
  /** Sends SIGTERM, and resolves with the exit code. */
  stop(): Promise<number | null>
}

/** How the process is started, beside the gateway's own options. */
interface NodeSetup {
  readonly nodeArguments?: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
}

/** Starts `stopbit gateway` with options by name. Killed when the test is over. */
export async function startGatewayProcess(
  upstreamUrl: string,
  options: Readonly<Record<string, string>> = {},
  { nodeArguments = [], variables = {} }: NodeSetup = {},
): Promise<GatewayProcess> {
  const all = { upstreamUrl, listenPort: '0', drainDeadlineMs: '1000', ...options }
  const environment = Object.fromEntries(
    Object.entries(all).map(([name, value]) => [`STOPBIT_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`, value]),
  )
  const child = spawn(process.execPath, ['--conditions=@stopbit/source', ...nodeArguments, MAIN, 'gateway'], {
    env: { PATH: process.env['PATH'], ...environment, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const log: LogEntry[] = []
  let arrived = Promise.withResolvers<void>()
  let isOver = false
  const wake = (): void => {
    arrived.resolve()
    arrived = Promise.withResolvers()
  }
  createInterface({ input: child.stderr })
    .on('line', (line) => {
      log.push(line.startsWith('{') ? (JSON.parse(line) as LogEntry) : { msg: line })
      wake()
    })
    .once('close', () => {
      isOver = true
      wake()
    })
  const logged: GatewayProcess['logged'] = async (fits, n = 1) => {
    for (;;) {
      const entry = log.filter(fits)[n - 1]
      if (entry !== undefined) return entry
      if (isOver) throw new Error(`The process ended before that was logged, after ${JSON.stringify(log)}`)
      await arrived.promise
    }
  }
  const { port, admin } = await logged(({ msg }) => msg === 'listening')
  return {
    child,
    url: `http://127.0.0.1:${Number(port)}`,
    admin: admin as string | undefined,
    log,
    logged,
    async stop() {
      child.kill('SIGTERM')
      return (await exited)[0]
    },
  }
}

/** Runs a command of `stopbit` to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly out: string; readonly errors: string }> {
  const child = spawn(process.execPath, ['--conditions=@stopbit/source', MAIN, ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [[code], out, errors] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, out, errors }
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-operator-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
