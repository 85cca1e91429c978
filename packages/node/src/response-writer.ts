import { type IncomingMessage, ServerResponse } from 'node:http'
import { mergeHeaders, type HeaderList } from '@stopbit/exchange'
import { forgetClient, hasClientLeft, onClientLeft } from './client-connection.ts'
import { discardUpload, isUploadThrough } from './upload-rest.ts'

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
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #events: ClientEvents
  #waiting: Uint8Array[] = []
  #isFull = false
  /** The head is written, and nothing after it that Node would have sent it with. */
  #isHeadDue = false
  #then: 'more' | 'end' | 'leave-incomplete' | 'upload' = 'more'

  constructor(request: IncomingMessage, response: ServerResponse, events: ClientEvents) {
    this.#request = request
    this.#response = response
    this.#events = events
  }

  /**
   * Tells of the client from now on. It may have left while the application was busy, or the application may have answered it;
   * then that is told at once.
   */
  watch(): void {
    const { socket } = this.#request
    if (this.#response.writableFinished) return this.#events.downstreamFinished()
    onClientLeft(socket, this.#left)
    this.#response.on('drain', () => this.#goOn())
    this.#response.on('finish', () => this.#finished())
    this.#response.on('close', () => {
      if (this.#then === 'upload') return
      forgetClient(socket, this.#left)
      this.#events.downstreamGone()
    })
    if (this.#response.destroyed || this.#response.closed || hasClientLeft(socket)) this.#left()
  }

  /** Sends the head; what the application has set on the response before is merged into it. */
  writeHead(status: number, headers: HeaderList): void {
    const response = this.#response
    const set = headersSet(response)
    const merged = set.length === 0 ? headers : mergeHeaders(headers, set)
    const isChunked = !merged.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length')
    for (const name of response.getHeaderNames()) {
      // Node does not come back to chunks once they were taken away.
      if (name !== 'transfer-encoding' || !isChunked) response.removeHeader(name)
    }
    // One by one, and not as a list to `writeHead`: middleware that patches it does not read every form of list, and of one that it gets
    // at once Node remembers nothing, for those who log the response's headers at its end.
    for (let i = 0; i + 1 < merged.length; i += 2) response.appendHeader(merged[i] ?? '', merged[i + 1] ?? '')
    response.writeHead(status)
    this.#isHeadDue = true
    process.nextTick(sendHead, this)
  }

  /** In a tick of its own, so that a body that is there already leaves in the same packet. Then Node has sent the head with it. */
  sendHeadIfDue(): void {
    if (this.#isHeadDue && !this.#response.destroyed) this.#response.flushHeaders()
  }

  /** `false`: the client does not keep up; `downstreamDrained` is to come. */
  write(bytes: Uint8Array): boolean {
    this.#waiting.push(bytes)
    if (!this.#isFull) this.#writeSlices()
    return !this.#isFull
  }

  /** Ends the response, after what is waiting. What is left of the request's body is of no use to anybody. */
  end(): void {
    this.#then = 'end'
    this.#isHeadDue = false
    if (!this.#isFull) this.#response.end()
    discardUpload(this.#request)
  }

  /** Closes the connection with the framing incomplete, after what is waiting. A response that has ended is left alone. */
  leaveIncomplete(): void {
    this.#then = 'leave-incomplete'
    if (!this.#isFull && !this.#response.writableEnded) this.#closeIncomplete()
  }

  /** Closes the connection at once. */
  abort(): void {
    this.#waiting = []
    this.#response.destroy()
    if (this.#then === 'upload') this.#request.destroy() // a response that is finished has no connection any more
    if (this.#response.closed) this.#events.downstreamGone()
  }

  /**
   * The response is with the client. Its connection is not free before the rest of the upload is through, for which the client
   * has no more time than to read.
   */
  #finished(): void {
    if (this.#then === 'end' && !isUploadThrough(this.#request)) {
      this.#then = 'upload'
      this.#request.once('end', () => this.#over())
      this.#request.once('close', () => this.#over())
    } else this.#over()
  }

  #over(): void {
    forgetClient(this.#request.socket, this.#left)
    this.#events.downstreamFinished()
  }

  /** A client that has closed its side hears nothing more of an answer that goes on. What is written whole, it may still read. */
  readonly #left = (): void => {
    if (this.#then === 'upload') return this.#over()
    if (this.#response.writableEnded && !this.#request.socket.destroyed) return
    this.abort()
    // A response that was left before its turn has no socket, and without one it does not close.
    this.#events.downstreamGone()
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
      // Middleware that has put a `write` of its own there may keep both back.
      if (this.#response.write === ServerResponse.prototype.write) this.#isHeadDue = false
      if (this.#response.write(slice)) continue
      this.#isFull = true
      return
    }
  }

  #closeIncomplete(): void {
    const { socket } = this.#request
    // HTTP/1.0 has no chunks: the end of the connection is the end of the body. Only a reset says that it is not.
    if (this.#request.httpVersion === '1.0') socket.resetAndDestroy()
    else socket.destroySoon()
  }
}

/** One for all, and not a closure for each. */
function sendHead(writer: ResponseWriter): void {
  writer.sendHeadIfDue()
}

/** What the application has set on a response before it handed it over. */
function headersSet(response: ServerResponse): string[] {
  return response.getHeaderNames().flatMap((name) => {
    const value = response.getHeader(name) ?? []
    return [value].flat().flatMap((each) => [name, String(each)])
  })
}
