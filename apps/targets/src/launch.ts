// Runs a program of this folder in a runtime that is not Node: `launch.ts <bun|deno|workerd> <program>`.
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { bundleProgram } from './launch/bundle.ts'
import { RUNTIMES, type Start } from './launch/runtimes.ts'
import { pinnedVersions, readOptionsOrExit, sayReady } from './serve-node.ts'
import { EDGE_LIMITS } from './target-options.ts'

const [runtime = '', program = ''] = process.argv.slice(2)
const makeStart = RUNTIMES[runtime]
if (makeStart === undefined) throw new Error(`Cannot launch "${program}" in "${runtime}"`)
const { listenHost: host, listenPort: port, drainDeadlineMs } = readOptionsOrExit(EDGE_LIMITS)
run(makeStart(await bundleProgram(program), { host, port }))

function run({ binary, args, tellsPort }: Start): void {
  const env = { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' }
  const child = spawn(binary, args, { env, stdio: ['ignore', 'inherit', 'inherit', tellsPort ? 'pipe' : 'ignore'] })
  const watchdog = watch(child)
  let stopping = false
  process.once('SIGTERM', () => {
    stopping = true
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), drainDeadlineMs)
  })
  child.once('exit', (code) => {
    watchdog.stdin?.end('ended\n')
    process.exit(stopping ? 0 : (code ?? 1))
  })
  if (tellsPort) createInterface(child.stdio[3] as Readable).on('line', tellPort)
}

/** workerd's control channel: one JSON object a line. */
function tellPort(line: string): void {
  const { event, port: listening } = JSON.parse(line) as { readonly event: string; readonly port: number }
  if (event === 'listen') sayReady(listening, pinnedVersions(runtime))
}

/** Ends the runtime when this process was killed, which nobody in it can see: then the watchdog's stdin ends without a word. */
function watch({ pid }: ChildProcess): ChildProcess {
  const script = 'read -r word || kill -KILL "$1" 2>/dev/null'
  return spawn('sh', ['-c', script, 'sh', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'] })
}
