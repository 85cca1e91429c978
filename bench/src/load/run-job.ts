import { setTimeout as delay } from 'node:timers/promises'
import { usageOf } from '../run/processes.ts'
import type { Work } from '../scenarios.ts'
import { buildRequest } from '../wire/request.ts'
import { buildStream, JSON_ANSWER } from '../wire/stream-body.ts'
import { KnownBody } from './known-body.ts'
import { Lane, type Answers } from './lane.ts'
import { PacedBody } from './paced-body.ts'
import { countsBetween, quantile, Tally, type Counts } from './tally.ts'

/** What the load generator is to do. */
export interface LoadJob {
  readonly work: Work
  readonly port: number
  readonly path: string
  /** Its number, which the upstream knows too. */
  readonly window: number
  /** Process ids of the proxy; none if the clients go to the upstream directly. */
  readonly proxy: readonly number[]
  readonly upstream: number
  readonly warmMs: number
  readonly windowMs: number
}

/** What one window has seen. */
export interface Measurement {
  readonly seconds: number
  readonly counts: Counts
  /** CPU time within the window, in microseconds. */
  readonly cpuUs: { readonly proxy: number; readonly upstream: number; readonly load: number }
  /** Resident memory of the proxy before the first connection and at the end of the window, in KiB. */
  readonly rssKib: { readonly start: number; readonly end: number }
  /** From the upstream's write to the client's read, where events say when they were sent. */
  readonly latencyUs: { readonly p50: number; readonly p99: number } | undefined
}

/** A proxy that has let no other stream begin for so long will let none. */
const OPENING_STALL_MS = 5_000
/** On a machine that others use a window may see nothing. It goes on until it does, so long at most. */
const SILENT_MS = 5_000
/** So many connections are opened at once: a listener's queue has room for 511. */
const OPENED_AT_ONCE = 200

/** Runs one window. Throws an `Error` that says why nothing was measured: a proxy that refuses, cuts or hangs. */
export async function runJob(job: LoadJob): Promise<Measurement> {
  const tally = new Tally()
  const lanes = makeLanes(job, tally)
  const before = usageOf(job.proxy)
  try {
    await lanes.open()
    await delay(job.warmMs)
    const start = sample(job, tally)
    tally.latencies = []
    await delay(job.windowMs)
    const isSilent = (): boolean => tally.counts.bytes === start.counts.bytes
    for (let more = 0; more < SILENT_MS && isSilent(); more += job.windowMs) await delay(job.windowMs)
    const end = sample(job, tally)
    const { latencies } = tally
    const counts = countsBetween(start.counts, end.counts)
    const mayFail = job.work.kind === 'saturated' && job.work.cutEvery > 0
    const failure = failureIn(tally)
    if (failure !== undefined && !mayFail) throw new Error(failure)
    if (counts.bytes === 0) throw new Error(`no byte within ${SILENT_MS / 1000} s`)
    return {
      seconds: (end.at - start.at) / 1000,
      // Before the window counts too: a byte that is wrong is wrong.
      counts: { ...counts, wrong: tally.counts.wrong },
      cpuUs: {
        proxy: end.proxy.cpuUs - start.proxy.cpuUs,
        upstream: end.upstream.cpuUs - start.upstream.cpuUs,
        load: end.load.cpuUs - start.load.cpuUs,
      },
      rssKib: { start: before.rssKib, end: end.proxy.rssKib },
      latencyUs:
        job.work.kind === 'paced' ? { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) } : undefined,
    }
  } finally {
    for (const lane of lanes.all) lane.stop()
  }
}

/** What was no answer. */
function failureIn({ counts, firstFailure, firstRefusal }: Tally): string | undefined {
  if (counts.failed > 0) return `${firstFailure}, ${counts.failed} times`
  return counts.refused > 0 ? `status ${firstRefusal}, ${counts.refused} times` : undefined
}

function sample({ proxy, upstream }: LoadJob, { counts }: Tally) {
  return {
    at: performance.now(),
    counts: { ...counts },
    proxy: usageOf(proxy),
    upstream: usageOf([upstream]),
    load: usageOf([process.pid]),
  }
}

interface Lanes {
  readonly all: readonly Lane[]
  /** Resolves once all are busy. */
  open(): Promise<void>
}

function makeLanes(job: LoadJob, tally: Tally): Lanes {
  const { work, port } = job
  const request = buildRequest(job)
  const fail = (reason: string): void => tally.fail(reason)
  const laneWith = (answers: Answers): Lane => new Lane(port, request, answers, fail)
  if (work.kind === 'paced') return pacedLanes(work, tally, laneWith)
  const all = Array.from({ length: work.connections }, () => laneWith(bodyOf(work, tally)))
  return {
    all,
    async open() {
      for (const lane of all) lane.open()
    },
  }
}

function pacedLanes(work: Extract<Work, { kind: 'paced' }>, tally: Tally, laneWith: (answers: Answers) => Lane): Lanes {
  const { promise: allBegun, resolve: allHaveBegun } = Promise.withResolvers<void>()
  let opened = 0
  let begun = 0
  const openNext = (): void => lanes[opened++]?.open()
  const lanes = Array.from({ length: work.connections }, () =>
    laneWith(
      new PacedBody(work.eventBytes, tally, () => {
        begun++
        if (begun === work.connections) allHaveBegun()
        else openNext()
      }),
    ),
  )
  return {
    all: lanes,
    async open() {
      for (let i = 0; i < Math.min(OPENED_AT_ONCE, lanes.length); i++) openNext()
      let before = -1
      while (begun > before && begun < work.connections) {
        before = begun
        await Promise.race([allBegun, delay(OPENING_STALL_MS)])
      }
      if (begun === work.connections) return
      const failure = failureIn(tally)
      throw new Error(
        `${begun} of ${work.connections} streams began, and no other within ${OPENING_STALL_MS / 1000} s${failure === undefined ? '' : ` (${failure})`}`,
      )
    },
  }
}

let built: { readonly key: string; readonly expected: Buffer; readonly openingBytes: number } | undefined

function bodyOf(work: Exclude<Work, { kind: 'paced' }>, tally: Tally): KnownBody {
  if (work.kind === 'json') return new KnownBody(JSON_ANSWER, (offset) => offset === 0, tally)
  const key = JSON.stringify(work)
  if (built?.key !== key) {
    const { plain, openingBytes } = buildStream(work)
    built = { key, expected: plain, openingBytes }
  }
  const { expected, openingBytes } = built
  const { eventBytes } = work
  return new KnownBody(
    expected,
    (offset) => offset === 0 || (offset >= openingBytes && (offset - openingBytes) % eventBytes === 0),
    tally,
  )
}
