/** The longest time that a timer of a runtime takes; a longer one would fire at once. */
export const MAX_TIMER_MS = 2_147_483_647

/** Resolves after `ms` milliseconds, or as soon as `signal` aborts: then no timer is left. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (!(ms > 0) || signal.aborted) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.min(ms, MAX_TIMER_MS))
    signal.addEventListener('abort', end)
  })
}
