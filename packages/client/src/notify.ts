import { guardCallback } from '@stopbit/exchange'

/** Calls back outside of everything that is under way. What a callback throws harms nothing and ends nothing. */
export function notify<Value>(callback: ((value: Value) => unknown) | undefined, value: Value): void {
  if (callback !== undefined) queueMicrotask(() => guardCallback(callback, complain)(value))
}

/** To the one log that every runtime has. */
function complain(thrown: unknown): void {
  // oxlint-disable-next-line no-console -- there is no other place to say it
  console.error(thrown)
}
