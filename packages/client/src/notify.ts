/** Calls back outside of everything that is under way: what a callback throws is uncaught, and harms nothing of ours. */
export function notify<Value>(callback: ((value: Value) => void) | undefined, value: Value): void {
  if (callback !== undefined) queueMicrotask(() => callback(value))
}
