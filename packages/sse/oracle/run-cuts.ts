import type { Dialect, EndingPolicy } from '../src/index.ts'
import { observe } from './decoders/observe.ts'
import type { Decoder, Observation } from './decoders/decoder.ts'
import { finalizeCut, type Delivery, type FinalizedCut } from './finalize-cut.ts'
import { judge, type ReadCut, type Verdict } from './judge.ts'
import { encodeStream, factsAt, type EncodedStream } from './streams/cut-facts.ts'
import type { CanonicalStream } from './streams/stream.ts'

/** What to cut, and how. */
export interface CutRun {
  readonly dialect: Dialect
  readonly streams: readonly CanonicalStream[]
  readonly decoders: readonly Decoder[]
  readonly policy: EndingPolicy
  readonly deliveries: readonly Delivery[]
  /** Cut at every n-th byte, and always behind the last one. */
  readonly every: number
  /**
   * Most neighbouring cuts come to the very same bytes, as the open event is held back, and a client that gets the same
   * chunks twice reads them the same: they are read once. `true` reads each cut anew.
   */
  readonly isFresh: boolean
  readonly onProgress: (cuts: number) => void
}

/** What one client made of all cuts of a dialect's streams. */
export interface CutRow {
  readonly dialect: string
  readonly decoder: string
  readonly policy: EndingPolicy
  cuts: number
  /** Reads by the real client; fewer than cuts, see `isFresh`. */
  reads: number
  readonly counts: Map<Verdict, number>
  /** The first cut of each verdict, to look at. */
  readonly examples: Map<Verdict, CutExample>
}

/** One cut, with all that is needed to do it again. */
export interface CutExample {
  readonly stream: string
  readonly cut: number
  readonly delivery: Delivery
  readonly ending: string
  readonly received: string
  readonly observation: Observation
}

/** Cuts the streams, lets the clients read what is left, and counts what it comes to. One row for each client. */
export async function runCuts(run: CutRun): Promise<CutRow[]> {
  const rows = run.decoders.map((decoder) => newRow(run, decoder))
  for (const stream of run.streams) {
    const encoded = encodeStream(stream)
    const readers = run.decoders.map((decoder, index) => ({
      decoder,
      row: rows[index],
      memory: new Map<string, Observation>(),
    }))
    for (const delivery of run.deliveries) {
      for (const cut of cutsOf(encoded, run.every)) {
        const finalized = finalizeCut(run.dialect, encoded, { cut, delivery, policy: run.policy })
        const key = run.isFresh ? `${cut}` : keyOf(finalized)
        await Promise.all(
          readers.map(async ({ decoder, row, memory }) => {
            if (row === undefined || !decoder.canAsk(stream.request)) return
            const observation = await remember(memory, key, () => readWith(decoder, finalized, encoded))
            count(row, { run, encoded, delivery, cut, finalized, observation })
            row.reads += run.isFresh ? 1 : 0
          }),
        )
        run.onProgress(1)
      }
      if (run.isFresh) for (const { memory } of readers) memory.clear()
    }
    for (const { row, memory } of readers) if (row !== undefined) row.reads += memory.size
  }
  return rows
}

function newRow({ dialect, policy }: CutRun, { id }: Decoder): CutRow {
  return { dialect: dialect.id, decoder: id, policy, cuts: 0, reads: 0, counts: new Map(), examples: new Map() }
}

/** The offsets to cut at, from before the first byte to behind the last. */
function cutsOf({ bytes }: EncodedStream, every: number): number[] {
  const cuts: number[] = []
  for (let cut = 0; cut < bytes.byteLength; cut += every) cuts.push(cut)
  return [...cuts, bytes.byteLength]
}

async function readWith(decoder: Decoder, { chunks }: FinalizedCut, { stream }: EncodedStream): Promise<Observation> {
  return observe(decoder, { chunks, contentType: 'text/event-stream; charset=utf-8' }, stream.request)
}

function keyOf({ chunks, ending }: FinalizedCut): string {
  const lengths = chunks.map((chunk) => chunk.byteLength).join()
  return `${ending} ${lengths} ${Buffer.concat(chunks).toString('latin1')}`
}

async function remember<T>(memory: Map<string, T>, key: string, make: () => Promise<T>): Promise<T> {
  const known = memory.get(key)
  if (known !== undefined) return known
  const made = await make()
  memory.set(key, made)
  return made
}

interface Counted {
  readonly run: CutRun
  readonly encoded: EncodedStream
  readonly delivery: Delivery
  readonly cut: number
  readonly finalized: FinalizedCut
  readonly observation: Observation
}

function count(row: CutRow, { run, encoded, delivery, cut, finalized, observation }: Counted): void {
  const read: ReadCut = {
    decoderId: row.decoder,
    policy: run.policy,
    facts: factsAt(encoded, cut, delivery.end === 'clean'),
    finalized,
    observation,
    faultKind: delivery.end === 'clean' ? 'body-truncated' : 'body-reset',
    isUncut: cut === encoded.bytes.byteLength,
  }
  const verdict = judge(read)
  row.cuts++
  row.counts.set(verdict, (row.counts.get(verdict) ?? 0) + 1)
  if (row.examples.has(verdict)) return
  const received = Buffer.concat(finalized.chunks).toString()
  row.examples.set(verdict, {
    stream: encoded.stream.name,
    cut,
    delivery,
    ending: finalized.ending,
    received,
    observation,
  })
}
