import type { HeaderList } from '@stopbit/exchange'
import { toHeaders } from './to-headers.ts'

/** Above this the client does not keep up. As much as Node's sockets take before they say so. */
const MAX_WAITING_BYTES = 64 * 1024
/** At most this much is handed over at once, so that each piece that the client has taken is seen as progress. */
const SLICE_BYTES = 64 * 1024

/** What the writer tells about the client; an `Exchange` takes it as it is. */
export interface ClientEvents {
  downstreamProgressed(): void
  downstreamDrained(): void
  downstreamFinished(): void
  downstreamGone(): void
}

/**
 * Writes a `Response` whose body is read as fast as the client reads. A stream without a buffer: bytes wait here until the
 * platform asks for more, which it does when the client's connection has room.
 *
 * It is no byte stream on purpose. That one takes the memory of what is enqueued away, and the next event may lie in it.
 */
export class ResponseWriter {
  /** Resolves with the response when its head is written, or when the client has left. Never rejects. */
  readonly response: Promise<Response>
  readonly #signal: AbortSignal | undefined
  readonly #events: ClientEvents
  readonly #respond: (response: Response) => void
  readonly #body: ReadableStream<Uint8Array>
  #head: { readonly status: number; readonly headers: Headers } | undefined
  #isOpen = false
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #isFull = false
  /** The platform waits for more. */
  #isAsked = false
  #then: 'more' | 'end' | 'leave-incomplete' | 'nothing' = 'more'

  constructor({ signal }: Request, events: ClientEvents) {
    const { promise, resolve } = Promise.withResolvers<Response>()
    this.response = promise
    this.#respond = resolve
    this.#signal = signal
    this.#events = events
    this.#body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => {
          this.#isAsked = true
          this.#handOver()
        },
        cancel: () => this.gone(),
      },
      { highWaterMark: 0 },
    )
  }

  get hasEnded(): boolean {
    return this.#then !== 'more'
  }

  /** Listens for the client's leaving. It may have left already. */
  watch(): void {
    if (this.#signal?.aborted === true) this.gone()
    else this.#signal?.addEventListener('abort', this.gone)
  }

  writeHead(status: number, headers: HeaderList): void {
    this.#head = { status, headers: toHeaders(headers) }
    // In a microtask of its own: a body that is over by then is none, as statuses without one and HEAD ask for.
    queueMicrotask(() => this.#open())
  }

  /** `false`: the client does not keep up; `downstreamDrained` is to come. */
  write(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES) this.#waiting.push(bytes.subarray(at, at + SLICE_BYTES))
    this.#waitingBytes += bytes.byteLength
    this.#handOver()
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#isFull = true
    return !this.#isFull
  }

  /** Ends the response, after what is waiting. */
  end(): void {
    this.#then = 'end'
    this.#handOver()
  }

  /** Breaks the response off with its framing incomplete, after what is waiting. */
  leaveIncomplete(): void {
    this.#then = 'leave-incomplete'
    this.#handOver()
  }

  /** Breaks the response off at once. */
  abort(): void {
    this.gone()
  }

  /** The client has left. What it may still be able to see is a response that is broken off. */
  readonly gone = (): void => {
    if (this.#then === 'nothing') return
    this.#breakOff()
    this.#open()
    this.#events.downstreamGone()
  }

  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    const isEmpty = this.#then === 'end' && this.#waiting.length === 0
    this.#respond(new Response(isEmpty ? null : this.#body, this.#head))
    if (!isEmpty) return
    this.#stop()
    this.#events.downstreamFinished()
  }

  #handOver(): void {
    while (this.#isAsked && this.#controller !== undefined) {
      const bytes = this.#waiting.shift()
      if (bytes === undefined) return this.#finish(this.#controller)
      this.#isAsked = false // before the platform asks for more, which it may do at once
      this.#waitingBytes -= bytes.byteLength
      this.#controller.enqueue(bytes)
      this.#tellProgress()
    }
  }

  #tellProgress(): void {
    if (this.#isFull && this.#waitingBytes === 0) {
      this.#isFull = false
      this.#events.downstreamDrained()
    } else if (this.#isFull || this.#then !== 'more') this.#events.downstreamProgressed()
  }

  /** Everything that was waiting is taken. */
  #finish(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (this.#then === 'end') {
      this.#stop()
      controller.close()
      this.#events.downstreamFinished()
    } else if (this.#then === 'leave-incomplete') this.gone()
  }

  /** Deno's signals abort after a whole response, too, and Deno complains of those who listen then. */
  #stop(): void {
    this.#then = 'nothing'
    this.#signal?.removeEventListener('abort', this.gone)
  }

  /** An error of the stream leaves the framing incomplete on every platform; the README has the measurements. */
  #breakOff(): void {
    this.#stop()
    this.#waiting = []
    this.#waitingBytes = 0
    this.#controller?.error(new Error('The response is incomplete'))
  }
}
