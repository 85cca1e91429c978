import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process'

/** Each open stream takes two descriptors of a proxy. */
const DESCRIPTORS = 20_000

/** All that were started and have not ended. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) killGroup(child)
})
// Else these would end this process without its `exit`, and leave the others behind.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code))

/**
 * Starts a command on one core, with as many file descriptors as the machine allows up to `DESCRIPTORS`. The process that is
 * returned is the command itself: shell and `taskset` are replaced by it. It ends with this process, and its children with it.
 */
export function startProcess(
  command: readonly string[],
  core: number | undefined,
  options: SpawnOptions,
): ChildProcess {
  const pinned = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  const args = ['-c', `ulimit -n ${descriptors()}; exec "$@"`, 'sh', ...pinned]
  const child = spawn('sh', args, { ...options, detached: true }) // a process group of its own
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Ends it, at once after `patienceMs`, and resolves when it is gone. */
export async function stopProcess(child: ChildProcess, patienceMs = 0): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  if (patienceMs > 0) child.kill('SIGTERM')
  else killGroup(child)
  const timer = setTimeout(() => killGroup(child), Math.max(1, patienceMs))
  await gone
  clearTimeout(timer)
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // gone already
  }
}

let allowed: number | undefined

function descriptors(): number {
  if (allowed === undefined) {
    const hard = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim()
    allowed = hard === 'unlimited' ? DESCRIPTORS : Math.min(DESCRIPTORS, Number(hard))
  }
  return allowed
}
