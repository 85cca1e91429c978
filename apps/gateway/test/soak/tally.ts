/** Counts what was played, what of it really happened, and what came of it. */
export class Tally {
  /** Exchanges whose client never saw an end. */
  stuck = 0
  readonly #rows = new Map<string, { played: number; fired: number }>()
  readonly #outcomes = new Map<string, Map<string, number>>()

  played(kind: string, fired: boolean): void {
    const row = this.#rows.get(kind) ?? { played: 0, fired: 0 }
    row.played++
    if (fired) row.fired++
    this.#rows.set(kind, row)
  }

  ended(behaviour: string, outcome: string): void {
    const outcomes = this.#outcomes.get(behaviour) ?? new Map<string, number>()
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    this.#outcomes.set(behaviour, outcomes)
  }

  /** How many exchanges came to this end. */
  count(outcome: string): number {
    return [...this.#outcomes.values()].reduce((sum, outcomes) => sum + (outcomes.get(outcome) ?? 0), 0)
  }

  get exchanges(): number {
    return [...this.#outcomes.values()].flatMap((outcomes) => [...outcomes.values()]).reduce((sum, n) => sum + n, 0)
  }

  /** Those of `kinds` that have not happened once. */
  unfired(kinds: readonly string[]): string[] {
    return kinds.filter((kind) => (this.#rows.get(kind)?.fired ?? 0) === 0)
  }

  /** One line per behaviour: how often it was played, how often it happened, and the ends of the exchanges whose last it was. */
  table(): string {
    const lines = [...this.#rows]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([kind, { played, fired }]) => {
        const outcomes = this.#outcomes.get(kind.replace('upstream ', '')) ?? new Map<string, number>()
        const ends = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${count}`)
        return `${kind.padEnd(34)}${String(played).padStart(8)}${String(fired).padStart(8)}  ${ends.join(', ')}`
      })
    const notAsked = [...(this.#outcomes.get('no attempt') ?? [])].map(([outcome, count]) => `${outcome} ${count}`)
    return [
      `${'behaviour'.padEnd(34)}${'played'.padStart(8)}${'fired'.padStart(8)}  outcomes`,
      ...lines,
      `${'(upstream not asked)'.padEnd(50)}  ${notAsked.join(', ')}`,
    ].join('\n')
  }
}
