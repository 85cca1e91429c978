import { spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import workerdBinary from 'workerd'
import type { RuntimeReport } from '../portable/report.ts'

export type RuntimeName = 'Deno' | 'Bun' | 'workerd'

/**
 * Runs a folder that `bundleTests()` filled. Throws, with the end of what the runtime said, when it dies or is not done after
 * `limitMs`; it is killed then.
 */
export type RunBundle = (folder: string, limitMs: number) => Promise<RuntimeReport>

const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url))
const PACKAGES = fileURLToPath(new URL('../../..', import.meta.url))
const DENO_ARGS = ['run', '--no-remote', '--no-lock', '--no-config', '--allow-env', `--allow-read=${PACKAGES}`]

export const RUNTIMES: Readonly<Record<RuntimeName, RunBundle>> = {
  Deno: (folder, limitMs) => runProgram(bin('deno'), [...DENO_ARGS, join(folder, 'program.mjs')], limitMs),
  Bun: (folder, limitMs) => runProgram(bin('bun'), [join(folder, 'program.mjs')], limitMs),
  workerd: runWorker,
}

async function runProgram(command: string, args: readonly string[], limitMs: number): Promise<RuntimeReport> {
  const runtime = start(command, args, limitMs)
  const stdout = await text(runtime.stdout)
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RuntimeReport
  } catch {
    throw new Error(`no report: ${await runtime.lastWords}`)
  }
}

async function runWorker(folder: string, limitMs: number): Promise<RuntimeReport> {
  const config = join(folder, 'config.capnp')
  // Without `nodejs_compat`, so that there is nothing of Node.
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "worker.mjs")],
    compatibilityDate = "2026-01-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`,
  )
  const runtime = start(workerdBinary, ['serve', '--control-fd=3', config], limitMs)
  try {
    // The first line of its control channel says where it listens; the channel ends when workerd does.
    for await (const line of createInterface(runtime.control)) {
      const { port } = JSON.parse(line) as { readonly port: number }
      const response = await fetch(`http://127.0.0.1:${port}`)
      if (response.ok) return (await response.json()) as RuntimeReport
      break
    }
  } catch {
    // what it says on stderr explains more than a lost connection
  } finally {
    runtime.kill()
  }
  throw new Error(`no report: ${await runtime.lastWords}`)
}

interface Runtime {
  readonly stdout: Readable
  /** File descriptor 3. */
  readonly control: Readable
  /** The end of its stderr, once it has ended. */
  readonly lastWords: Promise<string>
  kill(): void
}

function start(command: string, args: readonly string[], limitMs: number): Runtime {
  const { PATH, HOME } = process.env
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { PATH, HOME, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
    detached: true, // a group of its own: npm's `deno` is a script that starts the real one
  })
  const limit = AbortSignal.timeout(limitMs)
  const kill = (): void => killGroup(child)
  limit.addEventListener('abort', kill)
  child.once('exit', () => limit.removeEventListener('abort', kill))
  const [, stdout, stderr, control] = child.stdio
  const lastWords = text(stderr as Readable).then((said) => {
    const why = limit.aborted ? `killed after ${limitMs} ms` : 'ended'
    return `${why}, ${said.trim().slice(-2_000)}`
  })
  return { stdout: stdout as Readable, control: control as Readable, lastWords, kill }
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
}
