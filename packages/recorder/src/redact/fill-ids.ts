/** Prefixes that the vendors put before their ids: they say what an id is of, and nothing else. */
const PREFIX =
  /^(?:msg|req|resp|rs|fc|fco|call|chatcmpl|cmpl|toolu|srvtoolu|item|ws|ig|ctc|mcp|container|batch|run|evt|asst|thread|step)[_-]/

/**
 * Replaces ids by zeros behind their known prefix. Within one exchange equal ids stay equal and different ones different: all
 * but the first of a length and prefix end with their number.
 */
export class IdFiller {
  readonly #seen = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  /** `id` as latin1 text; the result has the same length. */
  fill(id: string): string {
    const known = this.#seen.get(id)
    if (known !== undefined) return known
    const prefix = PREFIX.exec(id)?.[0] ?? ''
    const zeros = prefix + '0'.repeat(id.length - prefix.length)
    const number = this.#counts.get(zeros) ?? 0
    this.#counts.set(zeros, number + 1)
    const suffix = number === 0 ? '' : String(number)
    const filled =
      suffix.length > id.length - prefix.length ? zeros : zeros.slice(0, id.length - suffix.length) + suffix
    this.#seen.set(id, filled)
    return filled
  }
}
