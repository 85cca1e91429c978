import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A real front that runs until the test is over. */
export interface Front {
  readonly port: number
  /** Takes another configuration without losing a request, as an ingress controller has it do. nginx only. */
  reload(snippet: string): Promise<void>
}

export const FRONT_NAMES = ['nginx', 'haproxy'] as const
export type FrontName = (typeof FRONT_NAMES)[number]

interface Program {
  readonly args: (file: string) => string[]
  /** The rest of a whole configuration, around our snippet. */
  readonly wrap: (snippet: string, folder: string) => string
}

const PROGRAMS: Readonly<Record<FrontName, Program>> = {
  nginx: {
    args: (file) => ['-c', file],
    wrap: (snippet, folder) => `daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr notice;
events {}
http {
    access_log off;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n    ')}
    ${snippet}
}
`,
  },
  haproxy: {
    args: (file) => ['-db', '-f', file],
    wrap: (snippet) => `global\n    maxconn 1000\n\n${snippet}`,
  },
}

/** A port that nobody listens on. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a front with our snippet, which has it listen on `port`. Fails with the way to install it if it is not there. */
export async function startFront(name: FrontName, snippet: string, port: number): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-front-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  const { args, wrap } = PROGRAMS[name]
  const file = join(folder, 'front.conf')
  writeFileSync(file, wrap(snippet, folder))
  const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin` }
  const child = spawn(name, args(file), { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise<string>((resolve) => {
    child.once('error', () => resolve(`${name} is not installed: apt-get install ${name}`))
    child.once('exit', (code) => resolve(`${name} ended with ${code}`))
  })
  onTestFinished(async () => {
    if (child.exitCode === null && child.pid !== undefined) child.kill('SIGTERM')
    await exited
  })
  const log = readLines(child)
  await listening(port, exited)
  return {
    port,
    async reload(changed) {
      writeFileSync(file, wrap(changed, folder))
      const reconfigured = log.until(/gracefully shutting down/)
      child.kill('SIGHUP')
      await reconfigured
    },
  }
}

function readLines({ stderr }: ChildProcess): { until: (pattern: RegExp) => Promise<void> } {
  const waiting: { pattern: RegExp; resolve: () => void }[] = []
  stderr?.on('data', (data: Buffer) => {
    for (const { pattern, resolve } of waiting) if (pattern.test(data.toString())) resolve()
  })
  return { until: (pattern) => new Promise((resolve) => waiting.push({ pattern, resolve })) }
}

/** Connects until somebody answers. */
async function listening(port: number, exited: Promise<string>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const outcome = await Promise.race([
      once(socket, 'connect').then(
        () => 'connected',
        () => 'refused',
      ),
      exited,
    ])
    socket.destroy()
    if (outcome === 'connected') return
    if (outcome !== 'refused') throw new Error(outcome)
    await new Promise((resolve) => setTimeout(resolve, 25)) // between attempts to connect
  }
  throw new Error(`Nobody listens on ${port}`)
}
