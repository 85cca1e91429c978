import { readdirSync, readFileSync } from 'node:fs'

/** What a process has used since it started. */
export interface Usage {
  /** CPU time of all its threads, in microseconds. */
  readonly cpuUs: number
  /** Resident memory, in KiB. */
  readonly rssKib: number
}

/** The process and its descendants: a server may have workers, and a program may be started by another. */
export function familyOf(pid: number): number[] {
  const family = [pid]
  for (const each of family) family.push(...childrenOf(each))
  return family
}

/** Of all of them together. Throws if one has ended. */
export function usageOf(pids: readonly number[]): Usage {
  let cpuUs = 0
  let rssKib = 0
  for (const pid of pids) {
    cpuUs += cpuOf(pid)
    rssKib += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  }
  return { cpuUs, rssKib }
}

/** From the scheduler in nanoseconds where the kernel counts them; utime and stime only come in ticks of 10 ms. */
function cpuOf(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [onCpu = '0'] = readOrEmpty(`/proc/${pid}/task/${thread}/schedstat`).split(' ')
    nanoseconds += Number(onCpu)
  }
  if (nanoseconds > 0) return nanoseconds / 1000
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function childrenOf(pid: number): number[] {
  const text = readOrEmpty(`/proc/${pid}/task/${pid}/children`).trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // a thread that has just ended, or a kernel without this file
  }
}
