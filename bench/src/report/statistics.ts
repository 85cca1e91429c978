/** A median with the interval in which it is to 95 %. */
export interface Estimate {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly count: number
  /** How many processes the samples are of. */
  readonly processes: number
}

/** What V8 has made of one process is one outcome of several: of fewer, nothing is said but the least and the most. */
export const MIN_PROCESSES = 5

const RESAMPLES = 5000

/**
 * What is cut off at each end, by the number of processes: less than 2.5 %, since so few resamples vary less than they should. It is
 * Φ(−t √(n / (n − 1))), with t the quantile of Student's distribution. Source: Hesterberg, "What Teachers Should Know About the
 * Bootstrap", 2015, "expanded percentile interval".
 */
const TAILS: Readonly<Record<number, number>> = {
  5: 0.00095,
  6: 0.00243,
  7: 0.00411,
  8: 0.00574,
  9: 0.00722,
  10: 0.00855,
  11: 0.00972,
  12: 0.01076,
  13: 0.01167,
  14: 0.01248,
}
const TAIL_OF_MORE = 0.01321

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/**
 * Of samples in groups, each of one process. The interval is the bootstrap's, by percentiles: groups are drawn first, then samples in
 * them. It is the same for the same samples. With fewer than `MIN_PROCESSES` it is from the least to the most. `undefined` without any.
 */
export function estimate(groups: readonly (readonly number[])[]): Estimate | undefined {
  const samples = groups.flat()
  if (samples.length === 0) return undefined
  const found = { median: median(samples), count: samples.length, processes: groups.length }
  if (groups.length < MIN_PROCESSES) return { ...found, low: Math.min(...samples), high: Math.max(...samples) }
  const tail = TAILS[groups.length] ?? TAIL_OF_MORE
  const random = createRandom(samples.length)
  const draw = <Of>(from: readonly Of[]): Of[] => from.map(() => from[Math.floor(random() * from.length)] as Of)
  const medians = Array.from({ length: RESAMPLES }, () => median(draw(groups).flatMap(draw))).sort((x, y) => x - y)
  const at = (share: number): number => medians[Math.floor(share * (RESAMPLES - 1))] ?? Number.NaN
  return { ...found, low: at(tail), high: at(1 - tail) }
}

/** mulberry32, so that a report can be made again from its JSON. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
