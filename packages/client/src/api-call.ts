import type { StallWarning, UpstreamRequest } from '@stopbit/exchange'
import { createFetchTransport, type FetchCall, type FetchTransport, type UpstreamEvents } from '@stopbit/upstream/fetch'
import { notify } from './notify.ts'
import type { ResolvedOptions } from './options.ts'
import type { Call } from './read-call.ts'
import type { RequestBody } from './read-request-body.ts'

type Facts = Parameters<UpstreamEvents['upstreamFault']>[1]

/** What an `ApiCall` is made of. */
interface ApiCallSetup {
  readonly call: Call
  readonly send: typeof fetch
  readonly callbacks: ResolvedOptions['callbacks']
  readonly exchange: UpstreamEvents
}

/**
 * The attempts to get one call answered, with the `fetch` and the options of the caller. What comes of the current one is handed
 * on to the exchange, and what only a caller wants to know is kept.
 */
export class ApiCall implements UpstreamEvents {
  readonly #call: Call
  readonly #callbacks: ResolvedOptions['callbacks']
  readonly #exchange: UpstreamEvents
  readonly #transport: FetchTransport
  #attempt: FetchCall | undefined
  #answer: Response | undefined
  #error: unknown
  #isStalled = false

  constructor({ call, send, callbacks, exchange }: ApiCallSetup) {
    this.#call = call
    this.#callbacks = callbacks
    this.#exchange = exchange
    this.#transport = createFetchTransport({
      url: new URL(call.url.origin),
      fetch: async (url, init) => {
        const response = await send(url, { ...init, ...call.init })
        if (init.signal?.aborted !== true) this.#answer = response
        return response
      },
    })
  }

  /** The answer to the current attempt, as the runtime gave it. Its body is being read. */
  get answer(): Response | undefined {
    return this.#answer
  }

  /** What the last attempt failed with, if it failed with anything: the runtime's own error. */
  get error(): unknown {
    return this.#error
  }

  /** Starts an attempt. There is no hop in between: the headers are the caller's. */
  send({ method, path }: UpstreamRequest, body: RequestBody | undefined): void {
    this.#error = undefined
    const { headers } = this.#call
    this.#attempt = this.#transport.dispatch({ method, path, headers, body: body?.content }, this)
  }

  abort(): void {
    this.#attempt?.abort()
  }

  pause(): void {
    this.#attempt?.pause()
  }

  resume(): void {
    this.#attempt?.resume()
  }

  decode(coding: string): boolean {
    return this.#attempt?.decode(coding) ?? false
  }

  /** The exchange has noticed that the API is silent. */
  stalled(warning: StallWarning): void {
    this.#isStalled = true
    notify(this.#callbacks.onStall, warning)
  }

  /** The exchange has met a defect of its own, which is what it ends for. */
  broken(defect: Error): void {
    this.#error = defect
  }

  upstreamQueued(): void {
    this.#exchange.upstreamQueued()
  }

  upstreamConnected(reused: boolean | undefined): void {
    this.#exchange.upstreamConnected(reused)
  }

  upstreamHead(status: number, headers: readonly string[]): void {
    this.#exchange.upstreamHead(status, headers)
  }

  upstreamChunk(bytes: Uint8Array): void {
    if (this.#isStalled) {
      this.#isStalled = false
      notify(this.#callbacks.onResume, undefined)
    }
    this.#exchange.upstreamChunk(bytes)
  }

  upstreamEnd(): void {
    this.#exchange.upstreamEnd()
  }

  upstreamFault(error: unknown, facts: Facts): void {
    this.#error = error
    this.#exchange.upstreamFault(error, facts)
  }
}
