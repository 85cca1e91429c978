import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cores } from '../run/cores.ts'
import type { Plan } from '../run/plan.ts'
import type { WarmUp } from '../run/run-bench.ts'
import type { Scenario } from '../scenarios.ts'
import { PEERS, versionsOf } from '../peers.ts'

/** The machine and the moment: without them the numbers mean nothing. */
export interface RunFacts {
  readonly date: string
  /** What was measured; `undefined` outside a clone. */
  readonly commit: string | undefined
  readonly cpu: string
  readonly coreCount: number
  readonly memoryMib: number
  readonly kernel: string
  readonly versions: Readonly<Record<string, string>>
  readonly rounds: number
  /** In how many of them every peer ran every scenario. */
  readonly broadRounds: number
  readonly roundsPerProcess: number
  /** How long each scenario's windows were, and what came before them. */
  readonly windows: Readonly<Record<string, Pick<Scenario, 'warmMs' | 'windowMs'>>>
  readonly seconds: number
  readonly cores: Cores
  /** Whether idle cores polled. Else waking them is part of what was measured. */
  readonly coresAwake?: boolean
  readonly warmUp: WarmUp
  /** Cores that were at work just before the first window, and just after the last: what others do on this machine. */
  readonly busyBefore: number
  readonly busyAfter: number
}

const ROOT = join(import.meta.dirname, '../../..')
const MEASURED = ['packages', 'apps', 'bench/src']

/** Above this somebody else is using the machine. */
const IDLE_CORES = 0.2
const LOOK_MS = 2_000

/** What is known of a run beside the machine. */
type RunItself = Omit<RunFacts, 'date' | 'cpu' | 'coreCount' | 'memoryMib' | 'kernel' | 'versions' | 'windows'>

export function factsOf(plan: Plan, run: RunItself): RunFacts {
  const all = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: all[0]?.model ?? 'unknown',
    coreCount: all.length,
    memoryMib: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    versions: Object.assign({ node: process.versions.node }, ...PEERS.map(versionsOf)) as Record<string, string>,
    windows: Object.fromEntries(
      plan.flat().map(({ scenario: { id, warmMs, windowMs } }) => [id, { warmMs, windowMs }]),
    ),
    ...run,
  }
}

/** The last commit, and whether anything that is measured is other than it says. To be asked for before a run. */
export function commitOf(): string | undefined {
  const git = (...words: string[]): string =>
    execFileSync('git', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const isChanged = git('status', '--porcelain', '--', ...MEASURED) !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes' : ''}`
  } catch {
    return undefined
  }
}

/** How many cores are at work now, looked at for two seconds: a load average would still tell of what was a minute ago. */
export async function busyCores(): Promise<number> {
  const before = cpuTimes()
  await sleep(LOOK_MS)
  const after = cpuTimes()
  const share = (after.busy - before.busy) / Math.max(1, after.all - before.all)
  return Math.round(share * cpus().length * 100) / 100
}

function cpuTimes(): { readonly busy: number; readonly all: number } {
  let [busy, all] = [0, 0]
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq
    all += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return { busy, all }
}

/** A sentence of warning where others were at work; `undefined` on a machine that was idle. */
export function warningOf(busy: number): string | undefined {
  if (busy <= IDLE_CORES) return undefined
  return `The machine was not idle at the start (${busy} cores busy): trust ratios of 1.3 and more, not less.`
}
