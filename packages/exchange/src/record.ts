import type { Fault } from '@stopbit/faults'
import type { Ending, Finalizer, RequestFacts } from '@stopbit/sse'
import { RECORDS, STALLS, STARTS, type LiveExchange } from './channels.ts'
import type { RetryReason } from './origin.ts'
import type { Failure, RetryPlan } from './retry-policy.ts'
import type { StallWarning } from './sink.ts'

/**
 * How an exchange ended for the client: as its stream did, an answer that is no stream counting as `completed` whatever its
 * status, or
 *
 * - `error-status`: with an error response of ours; no byte of an answer had gone out.
 * - `thrown`: with an error that a caller in the same process got: from its call if `status` is missing, else from the body.
 * - `client-gone`: the client left first.
 */
export type ExchangeEnding = Ending | 'error-status' | 'thrown' | 'client-gone'

/** One attempt to get the request answered. */
export interface AttemptRecord {
  /** Milliseconds after the start of the exchange. */
  readonly startedMs: number
  /** Whether a kept-alive connection was used; missing if that is unknown or no connection was made. */
  readonly reused?: boolean
  /** The status that the upstream answered with; missing if it did not answer. */
  readonly status?: number
  /** What ended the attempt before its answer could be used; missing if it was used. */
  readonly fault?: Fault
  /** Why the request was sent again after this attempt; missing if it was the last one. */
  readonly retry?: RetryReason
  /** How long that was waited with. */
  readonly retryDelayMs?: number
}

/**
 * The one record that every exchange leaves, whatever became of it. Flat, and free of prompts, completions, keys, queries
 * and runtime texts, so that it may be logged as it is.
 */
export interface ExchangeRecord {
  /** Of this form. Fields may be added to it; none changes its meaning or goes without another version. */
  readonly version: 1
  /** Our own id of the exchange. */
  readonly id: string
  /** Forensic ids, as far as they were given. `request-id` of the answer, else its `x-request-id`. */
  readonly requestId?: string
  /** `x-client-request-id` of the request. */
  readonly clientRequestId?: string
  /** `x-request-id` of the answer. */
  readonly xRequestId?: string
  /** `cf-ray` of the answer. */
  readonly cfRay?: string
  /** What the answer was taken for, by the path or by the stream itself, e.g. `anthropic-messages`; `opaque` if unknown. */
  readonly dialect: string
  /** Of the request. */
  readonly method: string
  /** Path without the query, which may hold a key. */
  readonly path: string
  /** As the request names it, its first 200 characters; missing if its body has none or could not be read. */
  readonly model?: string
  /** Whether the request asked for a stream; missing if its body could not be read. */
  readonly stream?: boolean
  /** Whether the upstream answered with an event stream; missing if it did not answer. */
  readonly sse?: boolean
  /** The status that the client got; missing if it got none. */
  readonly status?: number
  /** The status that the upstream answered the last attempt with; missing if it did not answer. */
  readonly upstreamStatus?: number
  /** How it ended for the client. */
  readonly ending: ExchangeEnding
  /** What went wrong upstream or at the client, if anything did. A fault after the terminal event leaves none. */
  readonly fault?: Fault
  /** What the application around the adapter has to change, in words; missing if it is not to blame. */
  readonly misuse?: string
  /** The type of the error that the upstream itself sent in band. */
  readonly upstreamError?: string
  /** In their order; empty if nothing was sent. */
  readonly attempts: readonly AttemptRecord[]
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Milliseconds after the start, as all that follow: the head of the last attempt's answer. */
  readonly headersMs?: number
  /** The first byte of its body. */
  readonly firstByteMs?: number
  /** Its first model data. */
  readonly firstDataMs?: number
  /** The first byte of a body that went to the client. */
  readonly firstSentMs?: number
  /** The end of the exchange. */
  readonly durationMs: number
  /** The longest time without a byte of the upstream's body, from its head on. */
  readonly longestSilenceMs: number
  /** How often the upstream was silent for so long that the operator was told. */
  readonly stalls: number
  /** Bytes of the request's body that came from the client. */
  readonly requestBytes: number
  /** Bytes of all answers' bodies; decoded, if they were coded. */
  readonly upstreamBytes: number
  /** Bytes of the response's body that went to the client. */
  readonly downstreamBytes: number
  /** Whole events of the last attempt. */
  readonly events: number
  /** How many of them went to the client. */
  readonly sentEvents: number
  /** Comments and pings of our own, sent into silence. */
  readonly heartbeats: number
  /** Upstream bytes after the terminal event, which nobody needed. */
  readonly droppedBytes: number
  /** The client closed its connection before it had the whole response. */
  readonly clientGone: boolean
  /** The client left sent bytes unread, or a request unfinished, for so long that it was given up. */
  readonly clientStalled: boolean
  /** What became of the upstream after the client had gone; missing if it was not read on. */
  readonly drained?: 'whole' | 'cut'
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
      stalls: 0,
      requestBytes: 0,
      upstreamBytes: 0,
      downstreamBytes: 0,
      events: 0,
      sentEvents: 0,
      heartbeats: 0,
      droppedBytes: 0,
      clientGone: false,
      clientStalled: false,
    }
    if (STARTS.hasSubscribers) STARTS.publish({ id: known.id, live: () => this.#live() })
  }

  noteFacts({ stream, model }: RequestFacts, asksForStream: boolean): void {
    if (asksForStream || stream !== undefined) this.#draft.stream = asksForStream
    if (model !== undefined) this.#draft.model = model
  }

  /** Sets facts that are learnt once. */
  note(facts: Partial<Omit<Draft, 'version' | 'id'>>): void {
    Object.assign(this.#draft, facts)
  }

  /** Ids come from outside: they are kept if they look like ids. */
  noteId(field: 'requestId' | 'clientRequestId' | 'xRequestId' | 'cfRay', id: string | undefined): void {
    if (id !== undefined && /^[\w.:-]{1,200}$/.test(id)) this.#draft[field] = id
  }

  /** What went through the stream's finalizer, and what came after it. */
  noteStream(finalizer: Finalizer | undefined, isSent: boolean, drainedBytes: number): void {
    this.#draft.droppedBytes = drainedBytes
    if (finalizer === undefined) return
    this.#draft.dialect = finalizer.dialect.id
    this.#draft.events = finalizer.eventCount
    this.#draft.sentEvents = isSent ? finalizer.eventCount : 0
    this.#draft.droppedBytes += finalizer.droppedBytes
    if (finalizer.state.phase !== 'failed') return
    this.#draft.upstreamError = finalizer.state.errorType
    if (isSent && finalizer.state.untold !== undefined) this.#draft.sentEvents-- // it was withheld
  }

  /** What the answer of the attempt before was like is of no matter any more. */
  attemptStarted(now: number): void {
    const draft = this.#draft
    delete draft.upstreamStatus
    delete draft.sse
    delete draft.headersMs
    delete draft.firstByteMs
    this.#lastUpstreamMs = undefined
    draft.attempts = [...draft.attempts, { startedMs: this.#since(now) }]
  }

  attemptConnected(reused: boolean | undefined): void {
    if (reused !== undefined) this.#noteAttempt({ reused })
  }

  attemptFailed(failure: Failure): void {
    if (failure.why === 'fault') this.#noteAttempt({ fault: failure.fault })
  }

  attemptFollows({ reason, delayMs }: RetryPlan): void {
    this.#noteAttempt({ retry: reason, retryDelayMs: Math.round(delayMs) })
  }

  upstreamAnswered(status: number, now: number): void {
    this.#noteAttempt({ status })
    this.#draft.upstreamStatus = status
    this.#draft.headersMs = this.#since(now)
    this.#lastUpstreamMs = now
  }

  requestReceived(byteLength: number): void {
    this.#draft.requestBytes += byteLength
  }

  firstData(now: number): void {
    this.#draft.firstDataMs ??= this.#since(now)
  }

  /** The upstream is silent: what the operator is told of it. `cutInMs`: when that will be the end of the exchange. */
  stalled(finalizer: Finalizer | undefined, cutInMs: number | undefined, now: number): StallWarning {
    this.#draft.stalls++
    const { id, requestId, clientRequestId, xRequestId, cfRay, dialect, upstreamBytes } = this.#draft
    const warning: StallWarning = {
      id,
      ...(requestId !== undefined && { requestId }),
      ...(clientRequestId !== undefined && { clientRequestId }),
      ...(xRequestId !== undefined && { xRequestId }),
      ...(cfRay !== undefined && { cfRay }),
      dialect,
      silentMs: toMicros(now - (this.#lastUpstreamMs ?? now)),
      upstreamBytes,
      events: finalizer?.eventCount ?? 0,
      ...(cutInMs !== undefined && { cutInMs }),
    }
    if (STALLS.hasSubscribers) STALLS.publish(warning)
    return warning
  }

  upstreamSent(byteLength: number, now: number): void {
    this.#draft.firstByteMs ??= this.#since(now)
    this.#draft.upstreamBytes += byteLength
    this.#measureSilence(now)
    this.#lastUpstreamMs = now
  }

  sentDownstream(byteLength: number, now: number): void {
    this.#draft.firstSentMs ??= this.#since(now)
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
    const record = { ...this.#draft, ending, durationMs: this.#since(now) }
    if (RECORDS.hasSubscribers) RECORDS.publish(record)
    return record
  }

  #live(): LiveExchange {
    const last = this.#lastUpstreamMs
    return {
      ...this.#draft,
      attempts: [...this.#draft.attempts],
      ...(last !== undefined && { lastUpstreamMs: this.#since(last) }),
    }
  }

  #since(now: number): number {
    return toMicros(now - this.#startedMs)
  }

  /** Not by `push`, which makes room for sixteen more: there is hardly ever a second one. */
  #noteAttempt(facts: Partial<AttemptRecord>): void {
    const { attempts } = this.#draft
    const last = attempts.at(-1)
    if (last !== undefined) this.#draft.attempts = attempts.with(-1, { ...last, ...facts })
  }

  #measureSilence(now: number): void {
    if (this.#lastUpstreamMs === undefined) return
    this.#draft.longestSilenceMs = Math.max(this.#draft.longestSilenceMs, toMicros(now - this.#lastUpstreamMs))
  }
}

/** Milliseconds without what floating point adds to them. */
function toMicros(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
