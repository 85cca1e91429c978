/** A median with the interval in which it is to 95 %. */
export interface Estimate {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly count: number
}

const RESAMPLES = 2000

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/**
 * Of samples in groups, each of one process. The interval is the bootstrap's, by percentiles: groups are drawn first, then samples in
 * them, since what V8 has made of one process is one outcome of several. With one group it says nothing of other processes. It is the
 * same for the same samples. `undefined` without any.
 */
export function estimate(groups: readonly (readonly number[])[]): Estimate | undefined {
  const samples = groups.flat()
  if (samples.length === 0) return undefined
  const random = createRandom(samples.length)
  const draw = <Of>(from: readonly Of[]): Of[] => from.map(() => from[Math.floor(random() * from.length)] as Of)
  const medians = Array.from({ length: RESAMPLES }, () => median(draw(groups).flatMap(draw))).sort((x, y) => x - y)
  const at = (share: number): number => medians[Math.floor(share * (RESAMPLES - 1))] ?? Number.NaN
  return { median: median(samples), low: at(0.025), high: at(0.975), count: samples.length }
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
