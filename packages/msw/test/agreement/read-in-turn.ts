import type { Trace } from '@stopbit/traces'

/** A read of a trace that stalls is a hang after so long a silence. */
const STALL_MS = 4_000
/** One of any other trace has all the time that a loaded machine needs: if it hangs, that is what was found. */
const HANG_MS = 15_000
const AT_ONCE = 12

/**
 * Reads all. Results are in the order of `jobs`. The stalls are begun at the same time, because they only wait; the others by the dozen,
 * so that none is late for want of a processor.
 */
export async function readInTurn<Job extends { readonly trace: Trace }, Result>(
  jobs: readonly Job[],
  read: (job: Job, limitMs: number) => Promise<Result>,
): Promise<Result[]> {
  const results: (Result | undefined)[] = jobs.map(() => undefined)
  const stalls = jobs.keys().filter((index) => jobs[index] !== undefined && stallsIn(jobs[index].trace))
  const others = jobs.keys().filter((index) => jobs[index] !== undefined && !stallsIn(jobs[index].trace))
  const readOne = async (index: number, limitMs: number): Promise<void> => {
    const job = jobs[index]
    if (job !== undefined) results[index] = await read(job, limitMs)
  }
  const worker = async (): Promise<void> => {
    for (const index of others) await readOne(index, HANG_MS)
  }
  await Promise.all([...stalls.map((index) => readOne(index, STALL_MS)), ...Array.from({ length: AT_ONCE }, worker)])
  return results.map((result, index) => {
    if (result === undefined) throw new Error(`${jobs[index]?.trace.id} was not read`)
    return result
  })
}

/** Whether the upstream is silent in the end, until the client leaves. */
function stallsIn(trace: Trace): boolean {
  const steps = trace.upstream.connections.flatMap(({ script }) => script)
  return steps.some((step) => step.do === 'stall' || step.do === 'expect-abort')
}
