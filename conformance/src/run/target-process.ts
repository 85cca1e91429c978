import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { effectiveLimits, type LimitName } from '@stopbit/traces'
import { LIMIT_VARIABLES } from '../manifest.ts'
import type { Target } from '../read-manifest.ts'
import type { Stage } from './stage.ts'
import { waitUntilReady, type ReadyTarget } from './wait-until-ready.ts'

const HOST = '127.0.0.1'
const STDERR_TAIL = 4_096

/** Targets that must not outlive the runner, however it ends. */
const running = new Set<ChildProcess>()

/** A running target. */
export interface TargetProcess extends ReadyTarget {
  /** A secret that was given to the target and must never come back. */
  readonly canary: string
  /** Undefined while it runs; what ended it otherwise. */
  readonly exited: () => string | undefined
  /** SIGTERM; SIGKILL `drainDeadlineMs` + grace later, to this process only. */
  readonly stop: () => Promise<void>
}

/** The target could not be brought up: the harness cannot say anything about it. */
export class TargetStartError extends Error {
  override readonly name = 'TargetStartError'
}

/** Starts the target for one trace. Rejects with a `TargetStartError` when it is not ready in time, and leaves no process behind. */
export async function startTarget(target: Target, stage: Stage, upstreamUrl: string): Promise<TargetProcess> {
  const { manifest } = target
  const canary = `sk-canary-${randomBytes(12).toString('hex')}`
  const wantedPort = manifest.ready.by === 'tcp' ? await freePort() : 0
  const [program, ...args] = manifest.target.command
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: target.cwd,
    env: {
      ...plainEnvironment(),
      ...manifest.target.env,
      ...contractEnvironment(target, stage, { upstreamUrl, port: wantedPort, canary }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  killWithUs(child)
  let stderr = ''
  child.stderr.on('data', (bytes: Buffer) => (stderr = (stderr + bytes.toString()).slice(-STDERR_TAIL)))
  let exit: string | undefined
  child.once('error', (error) => {
    exit ??= error.message // it was never started
    running.delete(child)
  })
  child.once('exit', (code, signal) => {
    exit ??= code === null ? `signal ${signal}` : `exit code ${code}`
    running.delete(child)
    stage.board.changed()
  })
  const stop = async (): Promise<void> => await stopChild(child, stage, () => exit)
  try {
    const ready = await waitUntilReady({
      child,
      wantedPort,
      exited: () => exit,
      timeoutMs: stage.window(manifest.ready.timeoutMs ?? 10_000),
    })
    return { ...ready, canary, exited: () => exit, stop }
  } catch (error) {
    await stop()
    throw new TargetStartError(
      `${target.name}: ${(error as Error).message}${stderr === '' ? '' : `\n${stderr.trimEnd()}`}`,
      { cause: error },
    )
  }
}

function killWithUs(child: ChildProcess): void {
  if (!process.listeners('exit').includes(killRunning)) process.once('exit', killRunning)
  running.add(child)
}

function killRunning(): void {
  for (const target of running) target.kill('SIGKILL')
}

/** What any program needs to start, and nothing that would change how this one behaves. */
function plainEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot']
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

/** What one start of a target is told beyond its limits. */
interface Addresses {
  readonly upstreamUrl: string
  readonly port: number
  readonly canary: string
}

function contractEnvironment(
  target: Target,
  stage: Stage,
  { upstreamUrl, port, canary }: Addresses,
): Record<string, string> {
  const limits = Object.entries(effectiveLimits(stage.trace.limits)) as [LimitName, number][]
  const all: Record<string, string> = {
    STOPBIT_UPSTREAM_URL: upstreamUrl,
    STOPBIT_LISTEN_HOST: HOST,
    STOPBIT_LISTEN_PORT: String(port),
    STOPBIT_CREDENTIAL: canary,
    ...Object.fromEntries(
      limits.map(([name, ms]) => [LIMIT_VARIABLES[name], String(Math.max(1, Math.round(stage.scaled(ms))))]),
    ),
  }
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => (target.manifest.environment as readonly string[]).includes(name)),
  )
}

async function stopChild(child: ChildProcess, stage: Stage, exited: () => string | undefined): Promise<void> {
  if (exited() !== undefined) return
  const { timing, trace } = stage
  child.kill('SIGTERM')
  const drainMs = stage.scaled(effectiveLimits(trace.limits).drainDeadlineMs ?? 0)
  if (await stage.board.until(() => exited() !== undefined, drainMs + timing.graceMs)) return
  child.kill('SIGKILL')
  await stage.board.until(() => exited() !== undefined, 5_000)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}
