import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from './stage.ts'

/** Does something during which HANG-1's clock stands. */
export async function busy(stage: Stage, act: () => Promise<void>): Promise<void> {
  stage.activity.busy += 1
  await act()
  stage.activity.busy -= 1
  stage.activity.lastActionAt = performance.now()
}

/** Lets time pass, in milliseconds of the run, at most to the trace's end. */
export async function pass(stage: Stage, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: stage.ended }).catch(() => undefined)
}
