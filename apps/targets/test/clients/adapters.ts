import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { readManifest } from '@stopbit/conformance'
import { IDLE_TIMEOUT_MS } from './cases.ts'

/** Every adapter, by the name of its manifest in `conformance/targets`. */
export const ADAPTERS = [
  'gateway',
  'node',
  'express',
  'fastify',
  'hono-node',
  'edge-node',
  'edge-bun',
  'edge-deno',
  'edge-workerd',
] as const

/** What stands between client and upstream: an adapter, or nothing, to show what the clients do by themselves. */
export type Way = (typeof ADAPTERS)[number] | 'no adapter'

/** An adapter that listens. */
export interface RunningAdapter {
  readonly url: string
  /** Of the program; a runtime that it has launched is its child. `undefined` where there is no adapter. */
  readonly pid: number | undefined
  readonly stop: () => Promise<void>
}

const TARGETS = new URL('../../../../conformance/targets/', import.meta.url)
/** From SIGTERM to SIGKILL, and the drain of the adapter well within it. */
const STOP_MS = 2_000
const DRAIN_MS = 200

/** Starts an adapter as its manifest says (conformance/CONTRACT.md). Rejects with its stderr if it ends before it is ready. */
export async function startAdapter(name: Way, upstreamUrl: string): Promise<RunningAdapter> {
  if (name === 'no adapter') return { url: upstreamUrl, pid: undefined, stop: () => Promise.resolve() }
  const { manifest, cwd } = readManifest(fileURLToPath(new URL(`${name}.json`, TARGETS)))
  if (!('command' in manifest.target)) throw new TypeError(`Cannot start ${name}: its manifest has no command`)
  const [program, ...args] = manifest.target.command
  const { PATH, HOME, TMPDIR } = process.env
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      HOME,
      TMPDIR,
      ...manifest.target.env,
      STOPBIT_UPSTREAM_URL: upstreamUrl,
      STOPBIT_LISTEN_PORT: '0',
      STOPBIT_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
      STOPBIT_RETRY_BACKOFF_MS: '10',
      STOPBIT_DRAIN_DEADLINE_MS: String(DRAIN_MS),
    },
  })
  const ended = once(child, 'exit')
  let complaints = ''
  child.stderr.on('data', (data: Buffer) => (complaints += data.toString()))
  const port = await Promise.race([readPort(child), ended.then(() => undefined)])
  if (port === undefined) throw new Error(`${name} has ended before it was ready: ${complaints.slice(-2_000)}`)
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(killer)
    },
  }
}

async function readPort({ stdout }: ChildProcess): Promise<number | undefined> {
  if (stdout === null) return undefined
  const lines = createInterface(stdout)
  // Read to the end, so that the adapter can always write.
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  lines.on('line', (line) => {
    const [, ready] = /^STOPBIT_READY (.*)$/.exec(line) ?? []
    if (ready !== undefined) resolve((JSON.parse(ready) as { readonly port: number }).port)
  })
  lines.once('close', () => resolve(undefined))
  return promise
}
