import type { Finishable } from '@stopbit/exchange'
import { createClockWheel, drain } from '@stopbit/exchange/drive'

/** Lets what runs go on for `deadlineMs`, then ends it truthfully. What is left after that ends with the process. */
export function drainFetchHandler(handler: Finishable): (deadlineMs: number) => Promise<void> {
  return async (deadlineMs) => {
    const { promise: abandoned, resolve: abandon } = Promise.withResolvers<void>()
    await Promise.race([drain(handler, { clock: createClockWheel(), deadlineMs, abandon }), abandoned])
  }
}
