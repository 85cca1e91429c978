/** A source of pseudo-random choices that can be repeated: the same seed makes the same ones. */
export interface Random {
  /** A whole number from 0 to below `below`. */
  below(below: number): number
  pick<T>(choices: readonly T[]): T
  /** Whether something happens that happens once in `n` times. */
  oneIn(n: number): boolean
}

/** mulberry32: 32 bits of state, good enough to spread cuts. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return {
    below,
    pick(choices) {
      const choice = choices[below(choices.length)]
      if (choice === undefined) throw new RangeError('Cannot pick: there is no choice')
      return choice
    },
    oneIn: (n) => below(n) === 0,
  }
}
