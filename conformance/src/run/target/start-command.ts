import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { effectiveLimits } from '@stopbit/traces'
import type { CommandTarget } from '../../manifest.ts'
import type { Target } from '../../read-manifest.ts'
import type { Stage } from '../stage.ts'
import type { TargetProcess } from '../target-process.ts'
import { waitUntilReady } from '../wait-until-ready.ts'
import { compiledProgram } from './compiled-program.ts'
import { makeProcessFolder } from './process-folder.ts'
import { missingProgram, readVersions } from './read-versions.ts'

const STDERR_TAIL = 4_096
const KILL_WINDOW_MS = 5_000

/** What must not outlive the runner, however it ends: kills the process and removes its folder. */
const running = new Map<ChildProcess, () => void>()

/** What one start of a process needs. */
export interface CommandStart {
  readonly target: Target
  readonly how: CommandTarget
  readonly stage: Stage
  readonly environment: Readonly<Record<string, string>>
  /** The port that the runner has chosen; 0 when the target tells its own. */
  readonly port: number
  readonly canary: string
}

/** Starts the program and waits until it is ready. Rejects when it is not in time, with the end of its stderr, and leaves nothing behind. */
export async function startCommand(start: CommandStart): Promise<TargetProcess> {
  const { target, how, stage, environment, port, canary } = start
  const { manifest, cwd, folder = cwd } = target
  const versions = await readVersions(how, manifest.implementation.project, cwd)
  const { command, env, remove } = makeProcessFolder(how, folder, environment)
  const [program = '', ...args] = command[0] === 'node' ? compiledProgram(command, cwd) : command
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd,
    env: { ...plainEnvironment(), ...env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  endWithUs(child, remove)
  let stderr = ''
  child.stderr.on('data', (bytes: Buffer) => (stderr = (stderr + bytes.toString()).slice(-STDERR_TAIL)))
  let exit: string | undefined
  const end = (why: string): void => {
    exit ??= why
    running.delete(child)
    letRunnerEnd(child) // what it started itself may outlive it, and still holds its stdout
    remove()
    stage.board.changed()
  }
  child.once('error', (error: NodeJS.ErrnoException) =>
    end(error.code === 'ENOENT' ? missingProgram(program, how.install) : error.message),
  )
  child.once('exit', (code, signal) => end(code === null ? `signal ${signal}` : `exit code ${code}`))
  const stop = async (): Promise<void> => await stopChild(child, stage, () => exit)
  try {
    const ready = await waitUntilReady({
      child,
      wantedPort: port,
      exited: () => exit,
      timeoutMs: stage.window(manifest.ready?.timeoutMs ?? 10_000),
    })
    if (how.isolation === 'reused') letRunnerEnd(child)
    return { port: ready.port, versions: { ...ready.versions, ...versions }, canary, exited: () => exit, stop }
  } catch (error) {
    await stop()
    const tail = stderr.trimEnd()
    throw new Error(`${(error as Error).message}${tail === '' ? '' : `\n${tail}`}`, { cause: error })
  }
}

/** A process that is reused, or that has ended, is no reason for the runner to stay. */
function letRunnerEnd(child: ChildProcess): void {
  child.unref()
  for (const pipe of [child.stdout, child.stderr]) (pipe as Socket | null)?.unref()
}

function endWithUs(child: ChildProcess, remove: () => void): void {
  if (!process.listeners('exit').includes(endRunning)) process.once('exit', endRunning)
  running.set(child, remove)
}

function endRunning(): void {
  for (const [child, remove] of running) {
    child.kill('SIGKILL')
    remove()
  }
}

/** What any program needs to start, and nothing that would change how this one behaves. */
function plainEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot']
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

async function stopChild(child: ChildProcess, stage: Stage, exited: () => string | undefined): Promise<void> {
  if (exited() !== undefined) return
  const { timing, trace } = stage
  child.kill('SIGTERM')
  const drainMs = stage.scaled(effectiveLimits(trace.limits).drainDeadlineMs ?? 0)
  if (await stage.board.until(() => exited() !== undefined, drainMs + timing.graceMs)) return
  child.kill('SIGKILL')
  await stage.board.until(() => exited() !== undefined, KILL_WINDOW_MS)
}
