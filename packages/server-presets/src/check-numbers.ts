/** Longest delay of a timer of Node; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647

/** Throws a `RangeError` that names the option, the rule and the value. */
export function fail(option: string, rule: string, value: number): never {
  throw new RangeError(`${option} ${rule}, got ${value}`)
}

/** Checks numbers of milliseconds by their options' names; those that are left out are fine. */
export function checkMilliseconds(numbers: Readonly<Record<string, number | undefined>>): void {
  for (const [option, value] of Object.entries(numbers)) {
    if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= MAX_TIMER_MS)) continue
    fail(option, `must be a whole number of milliseconds from 0 to ${MAX_TIMER_MS}`, value)
  }
}
