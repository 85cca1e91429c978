import type { Socket } from 'node:net'
import type { TransportFacts } from '@stopbit/faults'
import type { Dispatcher } from 'undici'
import { expectSocket } from './socket-use.ts'
import type { UpstreamEvents } from './upstream-events.ts'

/** One attempt over undici: turns its callbacks into events, and keeps the facts that no error tells. */
export class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly #events: UpstreamEvents
  readonly #secure: boolean
  #controller: Dispatcher.DispatchController | undefined
  #reused: boolean | undefined
  #sentAt: number | undefined
  #responseStarted = false
  #headersReceived = false
  #wanted: 'flowing' | 'paused' | 'nothing' = 'flowing'

  constructor(events: UpstreamEvents, secure: boolean) {
    this.#events = events
    this.#secure = secure
  }

  /** Closes the connection; nothing is reported from now on. Before a connection is there, it is closed once it is. */
  abort(): void {
    if (this.#wanted === 'nothing') return
    this.#wanted = 'nothing'
    this.#controller?.abort(new Error('The exchange needs no more of this response'))
  }

  /** Stops reading. Bytes that undici has read already may still be reported. */
  pause(): void {
    if (this.#wanted !== 'flowing') return
    this.#wanted = 'paused'
    this.#controller?.pause()
  }

  resume(): void {
    if (this.#wanted !== 'paused') return
    this.#wanted = 'flowing'
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#wanted === 'nothing') {
      controller.abort(new Error('The exchange was over before a connection was there'))
      return
    }
    expectSocket(this)
  }

  /** The request's head is being written to this socket. */
  onSocket(_socket: Socket, reused: boolean): void {
    this.#reused = reused
    this.#events.upstreamConnected(reused)
  }

  onRequestSent(): void {
    this.#sentAt = performance.now()
  }

  onResponseStarted(): void {
    this.#responseStarted = true
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200 || this.#wanted === 'nothing') return
    this.#headersReceived = true
    this.#events.upstreamHead(status, toStrings(controller.rawHeaders))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#wanted !== 'nothing') this.#events.upstreamChunk(chunk)
  }

  onResponseEnd(): void {
    if (this.#wanted !== 'nothing') this.#events.upstreamEnd()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#wanted === 'nothing') return
    this.#wanted = 'nothing'
    this.#events.upstreamFault(error, this.#facts())
  }

  #facts(): TransportFacts {
    return {
      connected: this.#controller !== undefined,
      secure: this.#secure,
      requestSent: this.#sentAt !== undefined,
      reused: this.#reused,
      sinceSentMs: this.#sentAt === undefined ? undefined : performance.now() - this.#sentAt,
      responseStarted: this.#responseStarted,
      headersReceived: this.#headersReceived,
    }
  }
}

function toStrings(rawHeaders: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(rawHeaders)) return []
  return rawHeaders.map((field) => (typeof field === 'string' ? field : field.toString('latin1')))
}
