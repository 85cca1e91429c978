import type { ChildProcess } from 'node:child_process'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Versions } from '../verdict.ts'

const HOST = '127.0.0.1'
const RETRY_MS = 20
/** What a target prints before it is ready is its own business, and may have no line end. */
const MAX_LINE = 4_096
const READY = 'STOPBIT_READY '

/** Versions go into reports as they are told. */
const readySchema: z.ZodType<ReadyTarget> = z.object({
  port: z.int().min(1).max(65_535),
  versions: z.record(z.string().max(80), z.string().max(80)).default({}),
})

/** How to learn that a target accepts connections. `wantedPort` 0: it says so itself, on stdout. */
export interface Readiness {
  readonly child: ChildProcess
  readonly wantedPort: number
  readonly exited: () => string | undefined
  readonly timeoutMs: number
}

/** What a target says when it is ready. */
export interface ReadyTarget {
  readonly port: number
  /** Of its runtime and libraries, if it tells them. */
  readonly versions: Versions
}

/** Resolves to the target's port and versions. Rejects when it exits first or `timeoutMs` pass. Keeps reading stdout, so that the target never blocks on it. */
export async function waitUntilReady(readiness: Readiness): Promise<ReadyTarget> {
  let announced: ReadyTarget | undefined
  let unfinished = ''
  readiness.child.stdout?.on('data', (bytes: Buffer) => {
    if (announced !== undefined || readiness.wantedPort !== 0) return
    const lines = (unfinished + bytes.toString()).split('\n')
    unfinished = (lines.pop() ?? '').slice(0, MAX_LINE)
    for (const line of [...lines, unfinished]) announced ??= readReadyLine(line)
  })
  const deadline = performance.now() + readiness.timeoutMs
  while (performance.now() < deadline) {
    const exit = readiness.exited()
    if (exit !== undefined)
      throw new Error(`Cannot start the target: ${exit.startsWith('there is no') ? '' : 'it ended with '}${exit}`)
    if (announced !== undefined) return announced
    if (readiness.wantedPort !== 0 && (await accepts(readiness.wantedPort)))
      return { port: readiness.wantedPort, versions: {} }
    await sleep(RETRY_MS)
  }
  throw new Error(`Cannot start the target: not ready after ${readiness.timeoutMs} ms`)
}

/** Undefined for any other line, also for one that is only half there. */
function readReadyLine(line: string): ReadyTarget | undefined {
  if (!line.startsWith(READY)) return undefined
  try {
    return readySchema.parse(JSON.parse(line.slice(READY.length)))
  } catch {
    return undefined
  }
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = createConnection({ host: HOST, port })
    const settle = (ready: boolean): void => {
      socket.destroy()
      resolve(ready)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.setTimeout(1_000, () => settle(false))
  })
}
