import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { HeaderList } from '@stopbit/exchange'

/** At most this much is handed to the socket at once: what is in its hands tells nothing of how the client reads. */
const SLICE_BYTES = 64 * 1024

/** What the writer tells about the client; an `Exchange` takes it as it is. */
export interface ClientEvents {
  downstreamProgressed(): void
  downstreamDrained(): void
  downstreamFinished(): void
  downstreamGone(): void
}

/**
 * Writes a response to a client that may read slowly, stop reading, or be gone.
 *
 * Bytes go to the socket as they come while the client keeps up; Node corks the socket until the tick is over, so that all
 * chunks of one upstream read leave in one write. When it does not, they wait here, without a copy, and go on in slices, so
 * that each slice that the client has taken is seen as progress.
 */
export class ResponseWriter {
  readonly #response: ServerResponse
  readonly #http10: boolean
  readonly #events: ClientEvents
  #waiting: Uint8Array[] = []
  #isFull = false
  #then: 'more' | 'end' | 'leave-incomplete' = 'more'

  constructor(request: IncomingMessage, response: ServerResponse, events: ClientEvents) {
    this.#response = response
    this.#http10 = request.httpVersion === '1.0'
    this.#events = events
    response.on('drain', () => this.#goOn())
    response.on('finish', () => events.downstreamFinished())
    response.on('close', () => events.downstreamGone())
    // The client may have left while the application was busy; then no event is to come.
    if (response.destroyed || response.closed) events.downstreamGone()
  }

  writeHead(status: number, headers: HeaderList): void {
    this.#response.writeHead(status, [...headers])
    // In a tick of its own, so that a body that is there already leaves in the same packet.
    process.nextTick(() => {
      if (!this.#response.destroyed) this.#response.flushHeaders()
    })
  }

  /** `false`: the client does not keep up; `downstreamDrained` is to come. */
  write(bytes: Uint8Array): boolean {
    this.#waiting.push(bytes)
    if (!this.#isFull) this.#writeSlices()
    return !this.#isFull
  }

  /** Ends the response, after what is waiting. */
  end(): void {
    this.#then = 'end'
    if (!this.#isFull) this.#response.end()
  }

  /** Closes the connection with the framing incomplete, after what is waiting. */
  leaveIncomplete(): void {
    this.#then = 'leave-incomplete'
    if (!this.#isFull) this.#closeIncomplete()
  }

  /** Closes the connection at once. */
  abort(): void {
    this.#waiting = []
    this.#response.destroy()
    if (this.#response.closed) this.#events.downstreamGone()
  }

  #goOn(): void {
    this.#isFull = false
    this.#writeSlices()
    if (this.#isFull) return this.#events.downstreamProgressed()
    if (this.#then === 'end') this.#response.end()
    else if (this.#then === 'leave-incomplete') this.#closeIncomplete()
    else this.#events.downstreamDrained()
  }

  #writeSlices(): void {
    for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) {
      const slice = bytes.byteLength > SLICE_BYTES ? bytes.subarray(0, SLICE_BYTES) : bytes
      if (slice !== bytes) this.#waiting.unshift(bytes.subarray(SLICE_BYTES))
      if (this.#response.write(slice)) continue
      this.#isFull = true
      return
    }
  }

  #closeIncomplete(): void {
    const { socket } = this.#response
    // Behind another response of a pipelining client there is no socket yet.
    if (socket === null) this.#response.once('socket', (assigned: Socket) => this.#close(assigned))
    else this.#close(socket)
  }

  #close(socket: Socket): void {
    // HTTP/1.0 has no chunks: the end of the connection is the end of the body. Only a reset says that it is not.
    if (this.#http10) socket.resetAndDestroy()
    else socket.destroySoon()
  }
}
