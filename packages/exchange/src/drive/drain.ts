import type { Finishable } from '../live-exchanges.ts'
import type { ClockWheel } from './clock-wheel.ts'

/** How long clients have to take the error that the deadline gives them. */
const LAST_WORDS_MS = 2_000

/**
 * Lets the exchanges that are under way end by themselves for `deadlineMs`, then ends the rest truthfully; two seconds later,
 * lets go of clients that have not even read that.
 *
 * @param abandon closes what is left, in any way; every exchange is over then.
 */
export async function drain(
  exchanges: Finishable,
  {
    clock,
    deadlineMs,
    abandon,
  }: { readonly clock: ClockWheel; readonly deadlineMs: number; readonly abandon: () => void },
): Promise<void> {
  if (await isIdleWithin(exchanges, clock, deadlineMs)) return
  exchanges.finish()
  if (await isIdleWithin(exchanges, clock, LAST_WORDS_MS)) return
  abandon()
  await exchanges.idle()
}

/** The timer starts here and stops with the last exchange. */
function isIdleWithin(exchanges: Finishable, clock: ClockWheel, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const sleeper = clock.createSleeper(() => resolve(false))
    sleeper.wakeAt(clock.now() + ms)
    void exchanges.idle().then(() => {
      sleeper.wakeAt(Infinity)
      resolve(true)
    })
  })
}
