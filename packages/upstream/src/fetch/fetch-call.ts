import type { TransportFacts } from '@stopbit/faults'
import { poolError } from '../pool-error.ts'
import type { UpstreamEvents } from '../upstream-events.ts'
import { formatsOf } from './content-codings.ts'
import { decodedBody, peek, type ReadBody } from './decoded-body.ts'
import { codingOf, fittingHeaders, toHeaderList } from './response-head.ts'

/** What one call needs to know. */
interface CallSetup {
  readonly events: UpstreamEvents
  /** The upstream is spoken to over TLS. */
  readonly secure: boolean
}

/** One attempt over `fetch`. */
export class FetchCall {
  readonly #events: UpstreamEvents
  readonly #secure: boolean
  readonly #abort = new AbortController()
  #read: ReadBody = () => Promise.resolve(undefined)
  #takesDecoder = false
  /** Once its head is here. Held also because Deno closes the connection of an aborted `fetch` only as long as its response is. */
  #response: Response | undefined
  #wanted: 'flowing' | 'paused' | 'nothing' = 'flowing'
  #resume: () => void = () => undefined

  constructor(send: (signal: AbortSignal) => Promise<Response>, { events, secure }: CallSetup) {
    this.#events = events
    this.#secure = secure
    // What a receiver of events throws becomes a fault that it is told of; what it throws then, nobody can.
    this.#ask(send)
      .then((response) => (response === undefined ? undefined : this.#answer(response)))
      .catch((error: unknown) => this.#fail(error))
      .catch(() => this.abort())
  }

  /** Closes the connection; nothing is reported from now on. */
  abort(): void {
    if (this.#wanted === 'nothing') return
    this.#finish()
    this.#abort.abort()
  }

  /** Stops reading. One chunk that is being read may still be reported. */
  pause(): void {
    if (this.#wanted === 'flowing') this.#wanted = 'paused'
  }

  resume(): void {
    if (this.#wanted !== 'paused') return
    this.#wanted = 'flowing'
    this.#resume()
  }

  /**
   * Has the body decoded: chunks come decoded from now on, and `upstreamEnd` only if the coding is whole. Takes the value of
   * `Content-Encoding`, as far as this runtime's `DecompressionStream` knows its codings. To be called from within
   * `upstreamHead`.
   *
   * @returns `false` if this cannot be decoded here; then nothing has changed. Corrupt, truncated and trailing bytes become a
   * fault of kind `decode`.
   */
  decode(coding: string): boolean {
    const formats = this.#takesDecoder ? formatsOf(coding) : undefined
    if (formats === undefined) return false
    this.#takesDecoder = false
    this.#read = decodedBody(this.#read, formats)
    return true
  }

  /** A step of its own, so that the request and its body can be let go while the answer comes. */
  async #ask(send: (signal: AbortSignal) => Promise<Response>): Promise<Response | undefined> {
    await Promise.resolve() // nothing is reported, and nothing sent, before `dispatch()` has returned
    return this.#isOver() ? undefined : send(this.#abort.signal)
  }

  async #answer(response: Response): Promise<void> {
    if (this.#isOver()) return void response.body?.cancel().catch(() => undefined)
    const { status } = response
    // What was not asked for (workerd and Deno hand on 1xx), what is no status at all, and what a browser hides (0).
    if (status < 200 || status > 599) {
      return this.#fail(poolError(status === 101 ? 'UnrequestedUpgrade' : 'Malformed_HTTP_Response', 'Not an answer'))
    }
    this.#response = response
    await this.#reportHead(response)
    await this.#relay()
  }

  async #reportHead(response: Response): Promise<void> {
    const coding = codingOf(response)
    const reader = response.body?.getReader()
    if (reader !== undefined) this.#read = async () => (await reader.read()).value
    let headers = toHeaderList(response)
    if (coding !== undefined) {
      const { bytes, read } = await peek(this.#read)
      this.#read = read
      headers = fittingHeaders(response, coding, bytes)
    }
    if (this.#isOver()) return
    this.#events.upstreamConnected(undefined)
    this.#takesDecoder = true
    this.#events.upstreamHead(response.status, headers)
    this.#takesDecoder = false
  }

  async #relay(): Promise<void> {
    for (;;) {
      if (this.#wanted === 'paused') await new Promise<void>((resolve) => (this.#resume = resolve))
      if (this.#isOver()) return
      let bytes: Uint8Array | undefined
      try {
        bytes = await this.#read()
      } catch (error) {
        return this.#fail(error)
      }
      if (this.#isOver()) return
      if (bytes === undefined) {
        this.#finish()
        return this.#events.upstreamEnd()
      }
      if (bytes.byteLength > 0) this.#events.upstreamChunk(bytes)
    }
  }

  /** A connection that failed is closed by the runtime; one whose bytes were at fault is closed here. */
  #fail(error: unknown): void {
    if (this.#isOver()) return
    this.abort()
    this.#events.upstreamFault(error, this.#facts())
  }

  #facts(): TransportFacts {
    const headersReceived = this.#response !== undefined
    const known = headersReceived || undefined
    return {
      connected: known,
      secure: this.#secure,
      requestSent: undefined,
      reused: undefined,
      responseStarted: known,
      headersReceived,
    }
  }

  #isOver(): boolean {
    return this.#wanted === 'nothing'
  }

  #finish(): void {
    this.#wanted = 'nothing'
    this.#resume()
  }
}
