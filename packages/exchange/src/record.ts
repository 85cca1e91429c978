import type { Fault } from '@stopbit/faults'
import type { Ending, Finalizer, RequestFacts } from '@stopbit/sse'

/**
 * How an exchange ended for the client: as its stream did, an answer that is no stream counting as `completed` whatever its
 * status, or
 *
 * - `error-status`: with an error response of ours; no byte of an answer had gone out.
 * - `client-gone`: the client left first.
 */
export type ExchangeEnding = Ending | 'error-status' | 'client-gone'

/** One attempt to get the request answered. */
export interface AttemptRecord {
  /** Milliseconds after the start of the exchange. */
  readonly startedMs: number
  /** Whether a kept-alive connection was used; missing if that is unknown or no connection was made. */
  readonly reused?: boolean
}

/**
 * The one record that every exchange leaves, whatever became of it. Flat, and free of prompts, completions, keys, queries
 * and runtime texts, so that it may be logged as it is.
 */
export interface ExchangeRecord {
  readonly version: 1
  /** Our own id of the exchange. */
  readonly id: string
  /** Forensic ids, as far as they were given: the upstream's, the client's and a CDN's. */
  readonly requestId?: string
  readonly clientRequestId?: string
  readonly cfRay?: string
  readonly dialect: string
  readonly method: string
  /** Path without the query, which may hold a key. */
  readonly path: string
  readonly model?: string
  /** Whether the request asked for a stream; missing if its body could not be read. */
  readonly stream?: boolean
  /** Whether the upstream answered with an event stream; missing if it did not answer. */
  readonly sse?: boolean
  /** The status that the client got; missing if it got none. */
  readonly status?: number
  readonly upstreamStatus?: number
  readonly ending: ExchangeEnding
  /** What went wrong upstream or at the client, if anything did. A fault after the terminal event leaves none. */
  readonly fault?: Fault
  /** The type of the error that the upstream itself sent in band. */
  readonly upstreamError?: string
  readonly attempts: readonly AttemptRecord[]
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Milliseconds after the start: the upstream's head, its first body byte, the first byte to the client, the end. */
  readonly headersMs?: number
  readonly firstByteMs?: number
  readonly firstSentMs?: number
  readonly durationMs: number
  /** The longest time without a byte of the upstream's body, from its head on. */
  readonly longestSilenceMs: number
  readonly upstreamBytes: number
  readonly downstreamBytes: number
  readonly events: number
  readonly heartbeats: number
  /** Upstream bytes after the terminal event, which nobody needed. */
  readonly droppedBytes: number
  /** The client closed its connection before it had the whole response. */
  readonly clientGone: boolean
  /** The client left sent bytes unread for so long that its connection was closed. */
  readonly clientStalled: boolean
}

type Draft = { -readonly [Key in keyof ExchangeRecord]: ExchangeRecord[Key] } & { attempts: AttemptRecord[] }

/** Collects an exchange's record while it runs. */
export class RecordDraft {
  readonly #draft: Omit<Draft, 'durationMs' | 'ending'>
  readonly #startedMs: number
  #lastUpstreamMs: number | undefined

  constructor(known: Pick<ExchangeRecord, 'id' | 'dialect' | 'method' | 'path' | 'model' | 'stream'>, now: number) {
    this.#startedMs = now
    this.#draft = {
      version: 1,
      ...known,
      attempts: [],
      startedAt: Date.now(),
      longestSilenceMs: 0,
      upstreamBytes: 0,
      downstreamBytes: 0,
      events: 0,
      heartbeats: 0,
      droppedBytes: 0,
      clientGone: false,
      clientStalled: false,
    }
  }

  noteFacts({ stream, model }: RequestFacts): void {
    if (stream !== undefined) this.#draft.stream = stream
    if (model !== undefined) this.#draft.model = model
  }

  /** Sets facts that are learnt once. */
  note(facts: Partial<Omit<Draft, 'version' | 'id'>>): void {
    Object.assign(this.#draft, facts)
  }

  /** Ids come from outside: they are kept if they look like ids. */
  noteId(field: 'requestId' | 'clientRequestId' | 'cfRay', id: string | undefined): void {
    if (id !== undefined && /^[\w.:-]{1,200}$/.test(id)) this.#draft[field] = id
  }

  /** What went through the stream's finalizer, and what came after it. */
  noteStream(finalizer: Finalizer | undefined, drainedBytes: number): void {
    if (finalizer === undefined) return
    this.#draft.dialect = finalizer.dialect.id
    this.#draft.events = finalizer.eventCount
    this.#draft.droppedBytes = finalizer.droppedBytes + drainedBytes
    if (finalizer.state.phase === 'failed') this.#draft.upstreamError = finalizer.state.errorType
  }

  attemptStarted(now: number): void {
    this.#draft.attempts.push({ startedMs: now - this.#startedMs })
  }

  attemptConnected(reused: boolean | undefined): void {
    const last = this.#draft.attempts.pop()
    if (last !== undefined) this.#draft.attempts.push(reused === undefined ? last : { ...last, reused })
  }

  upstreamAnswered(status: number, now: number): void {
    this.#draft.upstreamStatus = status
    this.#draft.headersMs = now - this.#startedMs
    this.#lastUpstreamMs = now
  }

  upstreamSent(byteLength: number, now: number): void {
    this.#draft.firstByteMs ??= now - this.#startedMs
    this.#draft.upstreamBytes += byteLength
    this.#measureSilence(now)
    this.#lastUpstreamMs = now
  }

  sentDownstream(byteLength: number, now: number): void {
    this.#draft.firstSentMs ??= now - this.#startedMs
    this.#draft.downstreamBytes += byteLength
  }

  heartbeatSent(): void {
    this.#draft.heartbeats++
  }

  /** The upstream's body is over, or no longer wanted: the silence since its last byte is its last. */
  upstreamOver(now: number): void {
    this.#measureSilence(now)
    this.#lastUpstreamMs = undefined
  }

  settle(ending: ExchangeEnding, now: number): ExchangeRecord {
    return { ...this.#draft, ending, durationMs: now - this.#startedMs }
  }

  #measureSilence(now: number): void {
    if (this.#lastUpstreamMs === undefined) return
    this.#draft.longestSilenceMs = Math.max(this.#draft.longestSilenceMs, now - this.#lastUpstreamMs)
  }
}
