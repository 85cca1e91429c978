/** What all lanes have got so far. Numbers only grow. */
export interface Counts {
  /** Decoded bytes of bodies. */
  bytes: number
  /** Bodies that had their end, and were whole. */
  complete: number
  /** Bodies that had their end, cut short, with an error event that says so. */
  told: number
  /** Connections that ended before the body did. */
  cut: number
  /** Bodies that had their end, cut short, with nothing that says so. */
  short: number
  /** Answers with another status than 200. */
  refused: number
  /** Bodies with a byte that was never sent. */
  wrong: number
  failed: number
}

export class Tally {
  readonly counts: Counts = { bytes: 0, complete: 0, told: 0, cut: 0, short: 0, refused: 0, wrong: 0, failed: 0 }
  /** From the upstream's write to the client's read, in microseconds. */
  latencies: number[] = []
  firstFailure: string | undefined
  firstRefusal: number | undefined

  refuse(status: number): void {
    this.counts.refused++
    this.firstRefusal ??= status
  }

  fail(reason: string): void {
    this.counts.failed++
    this.firstFailure ??= reason
  }
}

/** What was added from one moment to another. */
export function countsBetween(start: Counts, end: Counts): Counts {
  return {
    bytes: end.bytes - start.bytes,
    complete: end.complete - start.complete,
    told: end.told - start.told,
    cut: end.cut - start.cut,
    short: end.short - start.short,
    refused: end.refused - start.refused,
    wrong: end.wrong - start.wrong,
    failed: end.failed - start.failed,
  }
}

/** The value below which that share of the samples is. NaN without samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
