/** Above this the caller does not keep up, and the API is not read any further. */
const MAX_WAITING_BYTES = 64 * 1024

/** What is told about the caller; an `Exchange` takes it as it is. */
export interface CallerEvents {
  downstreamDrained(): void
  downstreamGone(): void
}

/** Calls back a moment later. */
export type Later = (then: () => void) => void

/** What comes after the bytes that wait: more of them, an end or an error. `nothing`: the caller has all, or wants no more. */
type Then =
  | { readonly next: 'more' }
  | { readonly next: 'end' }
  | { readonly next: 'nothing' }
  | { readonly next: 'error'; readonly error: unknown }

/**
 * The response that a caller gets, with a body that is read as fast as the caller reads it. What was written reaches the caller
 * in any case before the end or the error behind it; only the caller's own abort takes it away.
 *
 * An error comes a moment after the last bytes. At once it would overtake them in the caller's own pipes: a `TransformStream`
 * drops what it has queued when its source errors, and SDKs read through several (measured: `ai` in Bun loses the text).
 */
export class CallerResponse {
  /** Resolves when the head is written; rejects with what came instead. */
  readonly response: Promise<Response>
  readonly #events: CallerEvents
  readonly #signal: AbortSignal | undefined
  readonly #later: Later
  readonly #resolve: (response: Response) => void
  readonly #reject: (error: unknown) => void
  readonly #body: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #head: (() => Response) | undefined
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #isFull = false
  /** The caller waits for more. */
  #isAsked = false
  #then: Then = { next: 'more' }

  constructor(events: CallerEvents, signal: AbortSignal | undefined, later: Later) {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    this.response = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#events = events
    this.#signal = signal
    this.#later = later
    this.#body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => {
          this.#isAsked = true
          this.#handOver()
        },
        cancel: () => {
          this.#finish()
          events.downstreamGone()
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** Nothing can be written any more. */
  get hasEnded(): boolean {
    return this.#then.next !== 'more'
  }

  /** Listens for the caller's abort, until the caller has everything. It may have come already. */
  watch(): void {
    if (this.#signal?.aborted === true) this.#aborted()
    else this.#signal?.addEventListener('abort', this.#aborted)
  }

  /** @param answer whose head it is: the caller sees what its own `fetch` would have shown. */
  writeHead(status: number, answer: Response | undefined): void {
    this.#head = () => this.#toResponse(status, answer)
    // In a microtask of its own: a body that is over by then is none, as statuses without one and HEAD ask for.
    queueMicrotask(() => this.#open())
  }

  /** `false`: the caller does not keep up; `downstreamDrained` is to come. */
  write(bytes: Uint8Array): boolean {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.byteLength
    this.#handOver()
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#isFull = true
    return !this.#isFull
  }

  /** Ends the body, after what is waiting. */
  end(): void {
    this.#then = { next: 'end' }
    this.#handOver()
  }

  /** Lets the call fail, or the body, after what is waiting. Nothing, if it has ended. */
  fail(createError: () => unknown): void {
    if (this.hasEnded) return
    const error = createError()
    if (this.#head === undefined) {
      this.#finish()
      return this.#reject(error)
    }
    this.#then = { next: 'error', error }
    this.#handOver()
  }

  /** The caller wants no more, or its own stream has failed: it gets that as the reason, at once. */
  readonly abort = (reason: unknown): void => {
    if (this.#then.next === 'nothing') return
    this.#finish()
    this.#waiting = []
    this.#controller?.error(reason)
    this.#reject(reason)
    this.#events.downstreamGone()
  }

  readonly #aborted = (): void => this.abort(this.#signal?.reason)

  #open(): void {
    const isEmpty = this.#then.next === 'end' && this.#waiting.length === 0
    if (isEmpty) this.#finish()
    if (this.#head !== undefined) this.#resolve(this.#head())
  }

  #toResponse(status: number, answer: Response | undefined): Response {
    const { statusText = '', headers = new Headers(), url = '', redirected = false, type = 'default' } = answer ?? {}
    const response = new Response(this.#then.next === 'nothing' ? null : this.#body, { status, statusText, headers })
    return withOrigin(response, { url, redirected, type })
  }

  #handOver(): void {
    while (this.#isAsked && this.#controller !== undefined) {
      const bytes = this.#waiting.shift()
      if (bytes === undefined) return this.#endBody(this.#controller)
      this.#isAsked = false // before the caller asks for more, which it may do at once
      this.#waitingBytes -= bytes.byteLength
      this.#controller.enqueue(bytes)
      if (!this.#isFull || this.#waitingBytes > 0) continue
      this.#isFull = false
      this.#events.downstreamDrained()
    }
  }

  /** The caller has taken everything that was waiting. */
  #endBody(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const then = this.#then
    if (then.next === 'end') {
      this.#finish()
      controller.close()
    } else if (then.next === 'error') {
      this.#later(() => {
        if (this.#then !== then) return // the caller was faster
        this.#finish()
        controller.error(then.error)
      })
    }
  }

  #finish(): void {
    this.#then = { next: 'nothing' }
    this.#signal?.removeEventListener('abort', this.#aborted)
  }
}

/** A response that says where it came from, and so do its clones: one that is made by hand does not know. */
function withOrigin(response: Response, origin: Pick<Response, 'url' | 'redirected' | 'type'>): Response {
  return Object.defineProperties(response, {
    url: { value: origin.url },
    redirected: { value: origin.redirected },
    type: { value: origin.type },
    clone: { value: () => withOrigin(Response.prototype.clone.call(response), origin) },
  })
}
