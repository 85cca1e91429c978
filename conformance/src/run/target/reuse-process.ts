import type { TargetProcess } from '../target-process.ts'

/** Processes that serve more than one trace, by all that they were told. They end with the runner. */
const processes = new Map<string, Promise<TargetProcess>>()

/** The process that was told the same, as long as it lives; otherwise a new one. Its `stop` does nothing. */
export async function reuseProcess(key: string, start: () => Promise<TargetProcess>): Promise<TargetProcess> {
  const kept = await processes.get(key)?.catch(() => undefined)
  if (kept !== undefined && kept.exited() === undefined) return kept
  const started = start().then((own) => ({ ...own, stop: () => Promise.resolve() }))
  processes.set(key, started)
  return await started
}
