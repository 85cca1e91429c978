import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The worker in workerd, as `wrangler.jsonc` describes it, with other bindings. */
export interface Worker {
  readonly port: number
  /** Resolves with the first line of its log that `matches`; rejects when it ends without. */
  line(matches: (line: string) => boolean): Promise<string>
  stop(): void
}

interface WranglerConfig {
  readonly main: string
  readonly compatibility_date: string
  readonly compatibility_flags: readonly string[]
}

const APP = fileURLToPath(new URL('..', import.meta.url))

export async function startWorker(bindings: Readonly<Record<string, string>>): Promise<Worker> {
  const config = parseJsonc(readFileSync(join(APP, 'wrangler.jsonc'), 'utf8')) as WranglerConfig
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-worker-'))
  await build({
    entryPoints: [join(APP, config.main)],
    outfile: join(folder, 'worker.mjs'),
    bundle: true,
    format: 'esm',
    conditions: ['@stopbit/source'],
    logLevel: 'error',
  })
  writeFileSync(join(folder, 'config.capnp'), toCapnp(config, bindings))
  const child = spawn(join(APP, 'node_modules/.bin/workerd'), ['serve', '--control-fd=1', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own: npm's `workerd` is a script that starts the real one
  })
  const lines: string[] = []
  let wake = Promise.withResolvers<void>()
  const note = (text: string): void => {
    lines.push(text)
    wake.resolve()
    wake = Promise.withResolvers()
  }
  for (const output of [child.stdout, child.stderr]) createInterface(output).on('line', note)
  child.once('exit', () => note('EXIT'))

  async function line(matches: (text: string) => boolean): Promise<string> {
    for (let at = 0; ; at++) {
      while (at >= lines.length) await wake.promise
      const text = lines[at] ?? ''
      if (matches(text)) return text
      if (text === 'EXIT') throw new Error(`workerd has ended: ${lines.join('\n')}`)
    }
  }
  const stop = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { port } = JSON.parse(await line((text) => text.includes('"event":"listen"'))) as { readonly port: number }
    return { port, line, stop }
  } catch (error) {
    stop()
    throw error
  }
}

function toCapnp(config: WranglerConfig, bindings: Readonly<Record<string, string>>): string {
  const texts = Object.entries(bindings).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`)
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.mjs")],
      compatibilityDate = "${config.compatibility_date}",
      compatibilityFlags = ${JSON.stringify(config.compatibility_flags)},
      bindings = [${texts.join(', ')}],
    )),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`
}

/** JSON with line comments and trailing commas. */
function parseJsonc(text: string): unknown {
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, '').replaceAll(/,(?=\s*[}\]])/g, ''))
}
