import type { Clocks } from './clocks.ts'
import { headerValue } from './headers.ts'
import { observe } from './machine/observe.ts'
import type { ResolvedExchangeOptions } from './options.ts'
import type { Origin } from './origin.ts'
import type { RecordDraft } from './record.ts'
import { Retries, type Failure, type Retryable } from './retry-policy.ts'
import type { ExchangeSink, HeaderList, UpstreamRequest } from './sink.ts'

/** How the request's body reached us: `kept` whole, to be sent as often as needed; or `streamed`, to be sent once. */
export type RequestBodyKind = 'none' | 'kept' | 'streamed'

/** What attempts need of their exchange and of its surroundings. */
interface AttemptsContext {
  readonly sink: ExchangeSink
  readonly clocks: Clocks
  readonly record: RecordDraft
  readonly options: ResolvedExchangeOptions
  readonly origin: Origin
  /** For the jitter of back-offs: from 0 to below 1. */
  readonly random: () => number
}

/**
 * The upstream's side of an exchange: one request, sent as often as the retry policy allows, and what became of each
 * attempt. It may start again as long as no event of an answer went out.
 */
export class Attempts {
  readonly #sink: ExchangeSink
  readonly #clocks: Clocks
  readonly #record: RecordDraft
  readonly #options: ResolvedExchangeOptions
  readonly #retries: Retries
  readonly #origin: Origin
  #count = 0
  #request: Omit<UpstreamRequest, 'connection'> | undefined
  #connection: UpstreamRequest['connection'] = 'any'
  #retryable: Retryable = { isKept: false, isReplayable: false, isClientRetry: false }
  /** The sink keeps the request's body for another attempt. */
  #holdsBody = false
  #body: RequestBodyKind = 'none'
  /**
   * What the attempt under way may still have to send: what is kept of the body, or the rest of one that is streamed. That what
   * is kept has gone is known when there is an answer to it, or when more is asked for.
   */
  #upload: 'kept' | 'rest' | 'over' = 'over'
  /** An attempt is under way: something of it may still come, and it has to be aborted to be rid of it. */
  #isUnderWay = false

  constructor({ sink, clocks, record, options, origin, random }: AttemptsContext) {
    this.#sink = sink
    this.#clocks = clocks
    this.#record = record
    this.#options = options
    this.#origin = origin
    this.#retries = new Retries(options, origin, random)
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  /** Sends the request for the first time. `headers` are the client's; `isReplayable`: it may be executed twice without harm. */
  start(
    request: Omit<UpstreamRequest, 'connection'>,
    headers: HeaderList,
    isReplayable: boolean,
    body: RequestBodyKind,
  ): void {
    this.#request = request
    this.#retryable = {
      isKept: body !== 'streamed',
      isReplayable: request.method === 'POST' && isReplayable,
      isClientRetry: Number(headerValue(headers, 'x-stainless-retry-count')) > 0,
    }
    this.#body = body
    this.#holdsBody = body === 'kept'
    this.#origin.requestStarted()
    this.send()
  }

  /** Sends the next attempt. */
  send(): void {
    if (this.#request === undefined) return
    this.#count++
    this.#isUnderWay = true
    this.#upload = this.#body === 'none' ? 'over' : 'kept'
    this.#record.attemptStarted(this.#clocks.now)
    this.#sink.sendAttempt(this.#count, { ...this.#request, connection: this.#connection })
  }

  /** No connection is free. */
  queued(): void {
    if (this.#isUnderWay) this.#clocks.start('poolWait', this.#options.poolWaitMs)
  }

  connected(reused: boolean | undefined): void {
    if (!this.#isUnderWay) return
    this.#clocks.stop('poolWait')
    this.#record.attemptConnected(reused)
  }

  /** The upstream has answered, with a head or with bytes of a body. */
  answered(): void {
    if (this.#body === 'kept') this.#upload = 'over'
  }

  /** More of a streamed body is asked for: what was kept of it is sent. */
  uploadGoesOn(): void {
    if (this.#body === 'streamed' && this.#upload === 'kept') this.#upload = 'rest'
  }

  /** The end of the request's body is here. */
  uploadEnded(): void {
    if (this.#body === 'streamed') this.#upload = 'over'
  }

  /** What is kept of the body is not sent yet. */
  get isSendingKept(): boolean {
    return this.#upload === 'kept'
  }

  /** The upstream has not got the end of a streamed body. */
  get isUploading(): boolean {
    return this.#body === 'streamed' && this.#upload !== 'over'
  }

  /** Closes the attempt that is under way, if there is one. */
  abort(): void {
    if (!this.#isUnderWay) return
    this.over()
    this.#sink.abortUpstream()
  }

  /** The attempt under way has come to its end. */
  over(): void {
    this.#isUnderWay = false
    this.#upload = 'over'
    this.#clocks.stop('poolWait')
  }

  /** Whether there will be no other attempt, whatever becomes of the one under way, of which an answer has come or not. */
  isLast(hasAnswer: boolean): boolean {
    return this.#retries.isLast(this.#retryable, hasAnswer)
  }

  /**
   * The attempt has failed, and no event of it has reached the client: whether there will be another one.
   *
   * @param latest when it would come too late, on the machine's clock.
   * @returns how long to wait before `send`; `undefined` if the failure is final.
   */
  tryAgain(failure: Failure, latest: number): number | undefined {
    const plan = this.#retries.next(failure, this.#retryable, this.#clocks.now, latest)
    if (plan === undefined) return undefined
    this.abort()
    this.#connection = plan.connection
    this.#record.attemptFollows(plan)
    const { reason, delayMs } = plan
    const why = failure.why === 'fault' ? { fault: failure.fault } : { status: failure.status }
    const notice = { attempt: this.#count + 1, delayMs: Math.round(delayMs), reason, ...why }
    observe(this.#sink, () => this.#sink.retrying?.(notice))
    return delayMs
  }

  /** Nothing will be sent again: what is kept for that may be let go. */
  release(): void {
    this.#request = undefined
    if (this.#retryable.isKept) this.#retryable = { ...this.#retryable, isKept: false }
    if (!this.#holdsBody) return
    this.#holdsBody = false
    this.#sink.releaseRequest()
  }
}
