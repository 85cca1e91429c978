import { cpus, release, totalmem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cores } from '../run/cores.ts'
import type { WarmUp } from '../run/run-bench.ts'
import { PEERS, versionsOf } from '../peers.ts'

/** The machine and the moment: without them the numbers mean nothing. */
export interface RunFacts {
  readonly date: string
  readonly cpu: string
  readonly coreCount: number
  readonly memoryMib: number
  readonly kernel: string
  readonly versions: Readonly<Record<string, string>>
  readonly rounds: number
  /** In how many of them every peer ran every scenario. */
  readonly broadRounds: number
  readonly seconds: number
  readonly cores: Cores
  readonly warmUp: WarmUp
  /** Cores that were at work just before the first window, and just after the last: what others do on this machine. */
  readonly busyBefore: number
  readonly busyAfter: number
}

/** Above this somebody else is using the machine. */
const IDLE_CORES = 0.2
const LOOK_MS = 2_000

export function factsOf(
  run: Pick<RunFacts, 'rounds' | 'broadRounds' | 'seconds' | 'cores' | 'warmUp' | 'busyBefore' | 'busyAfter'>,
): RunFacts {
  const all = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: all[0]?.model ?? 'unknown',
    coreCount: all.length,
    memoryMib: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    versions: Object.assign({ node: process.versions.node }, ...PEERS.map(versionsOf)) as Record<string, string>,
    ...run,
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
