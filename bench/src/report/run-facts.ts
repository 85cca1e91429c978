import { cpus, loadavg, release, totalmem } from 'node:os'
import type { Cores } from '../run/cores.ts'
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
  readonly seconds: number
  readonly cores: Cores
  /** Of the last minute, before the first window; the benchmark itself is not in it. */
  readonly loadAtStart: number
  readonly loadAtEnd: number
}

/** Above this somebody else is using the machine. */
const IDLE_LOAD = 0.5

export function factsOf(run: Pick<RunFacts, 'rounds' | 'seconds' | 'cores' | 'loadAtStart'>): RunFacts {
  const all = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: all[0]?.model ?? 'unknown',
    coreCount: all.length,
    memoryMib: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    versions: Object.assign({ node: process.versions.node }, ...PEERS.map(versionsOf)) as Record<string, string>,
    ...run,
    loadAtEnd: loadNow(),
  }
}

/** Load average of the last minute. */
export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100
}

/** A sentence of warning where others were at work; `undefined` on a machine that was idle. */
export function warningOf(loadAtStart: number): string | undefined {
  if (loadAtStart <= IDLE_LOAD) return undefined
  return `The machine was not idle at the start (load ${loadAtStart}): trust ratios of 1.3 and more, not less.`
}
