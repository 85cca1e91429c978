import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startTap, type Recording, type Tap } from '@stopbit/recorder'
import { RecordingClient } from './client.ts'
import type { Recipe } from './recipe.ts'
import type { ScriptedStream } from './streams.ts'

/** A server of ours that streams as a script says. */
export interface ScriptedServer {
  readonly port: number
  readonly process: ChildProcess
  /** Resolves when it has sent all that comes before the failure. */
  readonly sent: Promise<void>
  /** Makes it fail. */
  order(how: string): void
}

/** How a scripted server answers. */
export interface ServerScript {
  readonly stream: ScriptedStream
  /** Beside `content-type: text/event-stream`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sends the whole answer and ends it. */
  readonly whole?: boolean
  /** The handler fails before its answer. */
  readonly raisesAtOnce?: boolean
}

const PROGRAMS: { readonly [runtime: string]: readonly [command: string, file: string] } = {
  node: [process.execPath, 'servers/node-server.ts'],
  bun: [fileURLToPath(new URL('../../apps/targets/node_modules/.bin/bun', import.meta.url)), 'servers/bun-server.ts'],
  python: ['python3', 'servers/asyncio_server.py'],
}
const READY_TRIES = 250
const LONGEST_STOP_MS = 2_000
const TAIL_LENGTH = 20

/** What a recipe is made with. Everything it starts ends with `close`. */
export class Kit {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'stopbit-recording-'))
  readonly recordings: Recording[] = []
  readonly #recorded = Promise.withResolvers<void>()
  readonly #dialect: Recipe['dialect']
  readonly #cleanup: (() => void | Promise<void>)[] = []

  constructor(dialect: Recipe['dialect']) {
    this.#dialect = dialect
  }

  /** Starts one of the servers in `servers/`; it listens. */
  async server(runtime: 'node' | 'bun' | 'python', script: ServerScript): Promise<ScriptedServer> {
    const file = join(this.folder, `script-${this.#cleanup.length}.json`)
    const { before, rest } = script.stream
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...script.headers }
    const events = script.whole === true ? [...before, ...rest] : before
    writeFileSync(
      file,
      JSON.stringify({ headers, events, ends: script.whole === true, raisesAtOnce: script.raisesAtOnce }),
    )
    const [command, program] = PROGRAMS[runtime] ?? ['', '']
    const child = this.spawn(command, [fileURLToPath(new URL(program, import.meta.url)), file])
    const port = Promise.withResolvers<number>()
    const sent = Promise.withResolvers<void>()
    const { stdout } = child
    if (stdout === null) throw new Error('the server has no stdout')
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('PORT ')) port.resolve(Number(line.slice(5)))
      if (line === 'SENT') sent.resolve()
    })
    child.once('exit', (code) => port.reject(new Error(`${program} ended with ${code} before it listened`)))
    return {
      port: await port.promise,
      process: child,
      sent: sent.promise,
      order: (how) => child.stdin?.write(`${how}\n`),
    }
  }

  /** Starts a program, which is ended with the recipe: by SIGTERM, so that it ends its own children, and else by SIGKILL. */
  spawn(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], cwd: this.folder })
    const over = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.stdin.on('error', () => undefined)
    child.stdout.resume()
    child.on('error', () => undefined)
    this.#cleanup.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_STOP_MS)
      await over
      clearTimeout(timer)
    })
    return child
  }

  /** Writes a file into the recipe's folder; returns its path. */
  file(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  async freePort(): Promise<number> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    return port
  }

  /** Resolves when the port takes connections. Rejects after some seconds. */
  async accepts(port: number): Promise<void> {
    for (let tries = 0; tries < READY_TRIES; tries += 1) {
      if (await isOpen(port)) return
      await sleep(20)
    }
    throw new Error(`port ${port} takes no connections`)
  }

  /** A client before a tap before `port`. */
  async client(port: number): Promise<RecordingClient> {
    const tap: Tap = await startTap({
      upstream: new URL(`http://127.0.0.1:${port}`),
      onRecording: (recording) => {
        this.recordings.push(recording)
        this.#recorded.resolve()
      },
      onSkipped: (why) => {
        throw new Error(`not recorded: ${why}`)
      },
    })
    const client = new RecordingClient(tap.port, this.#dialect)
    this.#cleanup.push(async () => {
      client.destroy()
      await tap.stop()
    })
    return client
  }

  /** A client before a tap before `port`, that has asked and has all that comes before the failure. */
  async clientOf(port: number, stream: ScriptedStream, withTools: boolean = false): Promise<RecordingClient> {
    const client = await this.client(port)
    client.ask(withTools)
    // Its last bytes may occur before, too: within a stream the same words come again and again.
    const tail = (stream.before.at(-1) ?? '').trimEnd().slice(-TAIL_LENGTH)
    await client.has(tail, stream.before.join('').split(tail).length - 1)
    return client
  }

  /** Resolves when an exchange is over by its framing, its connection or its client. */
  async recorded(): Promise<void> {
    await this.#recorded.promise
  }

  /** Resolves when bytes that nobody has read wait in a connection to `port`. Rejects after some seconds. Linux. */
  async unread(port: number): Promise<void> {
    const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `
    for (let tries = 0; tries < READY_TRIES; tries += 1) {
      const rows = readFileSync('/proc/net/tcp', 'utf8')
        .split('\n')
        .map((row) => row.trim().split(/\s+/))
      const waits = ([, address = '', , state, queues = '']: string[]): boolean =>
        `${address} `.endsWith(local) && state === '01' && !queues.endsWith(':00000000')
      if (rows.some(waits)) return
      await sleep(20)
    }
    throw new Error(`nothing waits unread on port ${port}`)
  }

  async close(): Promise<void> {
    for (const clean of this.#cleanup.toReversed()) await clean() // the client first, then what stands behind it
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The processes that a process started, by number. */
export function childrenOf(pid: number | undefined): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').flatMap((number) => (number.trim() === '' ? [] : [Number(number)]))
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
