import type { SweepEvidence, SweepSample } from './evidence.ts'
import { fail, type Finding, type Judge } from './finding.ts'

/** From here on the listener must take a request: 1 s before it closes. */
const SAFE_OFFSET_MS = -1_000

/** CONN-1: requests sent 1 s before the measured close are answered, and the close is not earlier than advertised minus 1 s. */
export const judgeConn1: Judge = ({ sweep }) => {
  if (sweep?.idleCloseMs === undefined) return notMeasured(sweep)
  const { idleCloseMs, advertisedMs, samples } = sweep
  if (advertisedMs !== undefined && idleCloseMs < advertisedMs + SAFE_OFFSET_MS) {
    return fail(`advertises ${advertisedMs} ms and closes after ${Math.round(idleCloseMs)} ms`)
  }
  const safe = samples.filter(({ offsetMs }) => offsetMs <= SAFE_OFFSET_MS)
  if (safe.length === 0)
    return {
      verdict: 'not-tested',
      because: `closes after ${Math.round(idleCloseMs)} ms, too early for an offset of ${SAFE_OFFSET_MS} ms`,
    }
  const bad = safe.filter(({ result }) => result !== 'answered')
  if (bad.length === 0)
    return {
      verdict: 'pass',
      because: `idle close after ${Math.round(idleCloseMs)} ms; ${safe.length} of ${safe.length} answered`,
    }
  return fail(
    `${bad.length} of ${safe.length} requests 1 s before the idle close were not answered (${bad[0]?.result})`,
  )
}

/** CONN-2: a rate over all offsets. What the client saw closed in time does not count. */
export const judgeConn2: Judge = ({ sweep }) => {
  if (sweep?.idleCloseMs === undefined) return notMeasured(sweep)
  const lost = count(sweep.samples, 'lost')
  const sent = lost + count(sweep.samples, 'answered')
  if (sent === 0) return { verdict: 'not-tested', because: 'no request was sent in the sweep' }
  return lost === 0
    ? { verdict: 'pass', because: `0 of ${sent} lost` }
    : fail(`${lost} of ${sent} requests lost: ${perOffset(sweep.samples)}`)
}

function notMeasured(sweep: SweepEvidence | undefined): Finding {
  return {
    verdict: 'not-tested',
    because: sweep === undefined ? 'the trace has no sweep' : `no idle close within ${sweep.capMs} ms`,
  }
}

function count(samples: readonly SweepSample[], result: SweepSample['result']): number {
  return samples.filter((sample) => sample.result === result).length
}

function perOffset(samples: readonly SweepSample[]): string {
  const offsets = [...new Set(samples.map(({ offsetMs }) => offsetMs))]
  return offsets
    .map((offset) => ({
      offset,
      lost: count(
        samples.filter(({ offsetMs }) => offsetMs === offset),
        'lost',
      ),
    }))
    .filter(({ lost }) => lost > 0)
    .map(({ offset, lost }) => `${lost} at ${offset} ms`)
    .join(', ')
}
