import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ExchangeRecord, ExchangeStart, LiveExchange, StallWarning } from '@stopbit/exchange'
import type { Gateway } from '../start-gateway.ts'
import type { RefusedRequest } from '../refuse-strangers.ts'
import type { GatewayPhase, OperatorState, SocketCounts, Totals } from './operator-state.ts'

/** How much of the past is kept in memory: a record is about 1 KB. */
const RECENT_RECORDS = 1_000
const RECENT_STALLS = 100

/** The most names that one count tells apart: an API can send any word as the type of its error. */
const MAX_NAMES = 50

/** What is seen of a gateway that listens. */
type StartedGateway = Pick<Gateway, 'isReady' | 'listener' | 'upstream' | 'retries'>

/** Keeps an `OperatorState` up to date. Fed with what the gateway tells; exchanges under way are seen in the process's channels. */
export class StateCollector implements OperatorState {
  readonly startedAt: number = Date.now()
  readonly upstream: string
  readonly #totals = {
    exchanges: 0,
    endings: emptyCounts(),
    faults: emptyCounts(),
    upstreamErrors: emptyCounts(),
    stalls: 0,
    refused: emptyCounts(),
    defects: 0,
  }
  /** By their ids. No `Map`: `roster.ts` of @stopbit/exchange says why. */
  readonly #live: Record<string, ExchangeStart> = Object.create(null) as Record<string, ExchangeStart>
  readonly #recent: ExchangeRecord[] = []
  readonly #stalls: (StallWarning & { readonly at: number })[] = []
  readonly #started = (message: unknown): void => {
    const start = message as ExchangeStart
    this.#live[start.id] = start
  }
  #isStopping = false
  #gateway: StartedGateway | undefined

  constructor(upstream: string) {
    this.upstream = upstream
    subscribe('stopbit:exchange:start', this.#started)
  }

  get phase(): GatewayPhase {
    if (this.#isStopping) return 'draining'
    return this.#gateway?.isReady === true ? 'ready' : 'starting'
  }

  get totals(): Totals {
    return this.#totals
  }

  get sockets(): SocketCounts {
    if (this.#gateway === undefined) return { pool: {}, poolNow: {}, retries: {}, listener: {} }
    const { upstream, retries, listener } = this.#gateway
    const { open, active, queued, ...events } = upstream
    const { retryCounts, refusedRetries } = retries
    return {
      pool: { ...events, refusedRetries },
      poolNow: { open, active, queued },
      retries: retryCounts,
      listener: flatten(listener),
    }
  }

  live(): LiveExchange[] {
    return Object.values(this.#live).map((exchange) => exchange.live())
  }

  recent(): readonly ExchangeRecord[] {
    return this.#recent
  }

  stalls(): readonly (StallWarning & { readonly at: number })[] {
    return this.#stalls
  }

  /** The gateway listens. */
  started(gateway: StartedGateway): void {
    this.#gateway = gateway
  }

  /** It wants no more requests. */
  stopping(): void {
    this.#isStopping = true
  }

  settled(record: ExchangeRecord): void {
    delete this.#live[record.id]
    keepLast(this.#recent, record, RECENT_RECORDS)
    const { endings, faults, upstreamErrors } = this.#totals
    this.#totals.exchanges++
    count(endings, record.ending)
    if (record.fault !== undefined) count(faults, record.fault.kind)
    if (record.upstreamError !== undefined) count(upstreamErrors, record.upstreamError)
  }

  stalled(warning: StallWarning): void {
    this.#totals.stalls++
    keepLast(this.#stalls, { ...warning, at: Date.now() }, RECENT_STALLS)
  }

  refused({ reason }: RefusedRequest): void {
    count(this.#totals.refused, reason)
  }

  defect(): void {
    this.#totals.defects++
  }

  /** Sees no more exchanges begin. */
  close(): void {
    unsubscribe('stopbit:exchange:start', this.#started)
  }
}

function emptyCounts(): Record<string, number> {
  return Object.create(null) as Record<string, number>
}

function count(counts: Record<string, number>, name: string): void {
  const isKnown = name in counts || Object.keys(counts).length < MAX_NAMES
  const key = isKnown ? name : 'other'
  counts[key] = (counts[key] ?? 0) + 1
}

function keepLast<Item>(items: Item[], item: Item, most: number): void {
  items.push(item)
  if (items.length > most) items.shift()
}

/** `{ a: 1, b: { c: 2 } }` → `{ a: 1, 'b.c': 2 }` */
function flatten(counts: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).flatMap(([name, value]: [string, unknown]) =>
      typeof value === 'number'
        ? [[name, value]]
        : Object.entries(flatten(value as object)).map(([inner, number]) => [`${name}.${inner}`, number]),
    ),
  ) as Record<string, number>
}
