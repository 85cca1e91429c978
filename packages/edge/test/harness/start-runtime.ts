import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export type RuntimeName = 'Node' | 'Bun' | 'Deno' | 'workerd'

export const RUNTIMES: readonly RuntimeName[] = ['Node', 'Bun', 'Deno', 'workerd']

/** A runtime that serves the test app. */
export interface Runtime {
  readonly port: number
  /** What it wrote, line by line. */
  readonly lines: readonly string[]
  /** Resolves with the first line that `matches`; rejects when the runtime ends without. */
  line(matches: (line: string) => boolean): Promise<string>
  /** What its processes hold in memory. Linux only. */
  residentBytes(): number
  stop(): void
}

export const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url))
export const DENO_ARGS = ['run', '--no-remote', '--no-lock', '--no-config', '--allow-env', '--allow-net=127.0.0.1']

/** Bundles the entry of a runtime and starts it. */
export async function startRuntime(name: RuntimeName, env: Readonly<Record<string, string>>): Promise<Runtime> {
  const entry = fileURLToPath(new URL(`../portable/${name.toLowerCase()}.ts`, import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-edge-'))
  const program = join(folder, 'program.mjs')
  await bundle(entry, program, name)
  switch (name) {
    case 'Node':
      return start(folder, process.execPath, [program], env)
    case 'Bun':
      return start(folder, bin('bun'), [program], env)
    case 'Deno':
      return start(folder, bin('deno'), [...DENO_ARGS, program], env)
    case 'workerd':
      writeFileSync(join(folder, 'config.capnp'), workerConfig('program.mjs', env))
      return start(folder, bin('workerd'), ['serve', '--control-fd=1', join(folder, 'config.capnp')], {})
    default:
      return name satisfies never
  }
}

/** One file that the runtime can run as it is. */
export async function bundle(entry: string, outfile: string, name: RuntimeName): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: name === 'Node' ? 'node' : 'neutral',
    conditions: ['@stopbit/source'],
    mainFields: ['module', 'main'],
    logLevel: 'error',
  })
}

/** Without `nodejs_compat`, so that there is nothing of Node; with the network of this machine. */
export function workerConfig(module: string, bindings: Readonly<Record<string, string>>): string {
  const texts = Object.entries(bindings).map(([key, value]) => `(name = "${key}", text = ${JSON.stringify(value)})`)
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "${module}")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["enable_request_signal"],
      bindings = [${texts.join(', ')}],
    )),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`
}

/** Starts a program that says `READY <port>`, or what Deno and workerd (on its control channel) say by themselves. */
export async function start(
  folder: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Runtime> {
  const { PATH, HOME } = process.env
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', ...env },
    detached: true, // a group of its own: npm's `deno` and `workerd` are scripts that start the real ones
  })
  const lines: string[] = []
  let wake = Promise.withResolvers<void>()
  const note = (text: string): void => {
    lines.push(text)
    wake.resolve()
    wake = Promise.withResolvers()
  }
  for (const output of [child.stdout, child.stderr] as Readable[]) createInterface(output).on('line', note)
  child.once('exit', () => note('EXIT'))

  async function line(matches: (text: string) => boolean): Promise<string> {
    for (let at = 0; ; at++) {
      while (at >= lines.length) await wake.promise
      const found = lines[at] ?? ''
      if (matches(found)) return found
      if (found === 'EXIT') throw new Error(`The runtime has ended: ${lines.slice(-20).join('\n')}`)
    }
  }
  const stop = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const ready = await line((text) => /^READY \d|"event":"listen"|^Listening on /.test(text))
    const port = Number(/(\d{4,5})\D*$/.exec(ready)?.[1])
    return { port, lines, line, residentBytes: () => residentBytes(child.pid ?? 0), stop }
  } catch (error) {
    stop()
    throw error
  }
}

/** Of a process and all that it started. */
function residentBytes(pid: number): number {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = Number(/\) \w (\d+)/.exec(readProc(`${name}/stat`))?.[1] ?? 0)
    parents.set(Number(name), parent)
  }
  const isOfGroup = (one: number): boolean => one === pid || (parents.has(one) && isOfGroup(parents.get(one) ?? 0))
  const pids = [...parents.keys()].filter((one) => isOfGroup(one))
  return pids.reduce((sum, one) => sum + Number(/VmRSS:\s+(\d+)/.exec(readProc(`${one}/status`))?.[1] ?? 0) * 1024, 0)
}

/** A process may end while it is looked at. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'utf8')
  } catch {
    return ''
  }
}
