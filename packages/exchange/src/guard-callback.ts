/**
 * A callback of the operator's that harms nothing: what it throws goes to `report`, and so does what a promise that it returns
 * rejects with. It is called at once.
 */
export function guardCallback<Value>(
  callback: ((value: Value) => unknown) | undefined,
  report: (error: unknown) => void,
): (value: Value) => void {
  if (callback === undefined) return () => undefined
  return (value) => void (async () => callback(value))().catch(report)
}
