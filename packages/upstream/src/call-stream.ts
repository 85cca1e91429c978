import type { ClientHttp2Stream } from 'node:http2'
import type { Readable } from 'node:stream'

/** What a call over HTTP/2 has of a connection: one stream. Over HTTP/1.1 there is none, and undici does all of this itself. */
export class CallStream {
  readonly #body: Readable | undefined
  #stream: ClientHttp2Stream | undefined
  #wasReset = false

  /** @param body the request's, if it is a stream. */
  constructor(body: Readable | undefined) {
    this.#body = body
  }

  /** The peer reset it before the end of its body. */
  get wasReset(): boolean {
    return this.#wasReset
  }

  opened(stream: ClientHttp2Stream): void {
    this.#stream = stream
    this.#wasReset = false
  }

  reset(stream: object): void {
    if (stream === this.#stream) this.#wasReset = true
  }

  /** In the next turn, as node:http2 must not close a stream in the turn in which it wrote to it (see `relayBody`). */
  close(abort: () => void): void {
    this.#body?.unpipe()
    setImmediate(() => {
      this.#resetUpload()
      abort()
    })
  }

  /**
   * The answer is over. undici would go on with an upload that is not, which nobody watches any more: it could end where its
   * source was cut, and look whole. Over HTTP/1.1 it closes the connection.
   */
  answerOver(): void {
    if (this.#isUploading) this.close(() => undefined)
  }

  get #isUploading(): boolean {
    return this.#stream !== undefined && this.#body?.readableEnded === false
  }

  /** By an error: any `close` of node:http2, undici's too, sends an END_STREAM before its reset. */
  #resetUpload(): void {
    if (!this.#isUploading) return
    const error = new Error('The upload is of no use any more')
    this.#stream?.destroy(error)
    this.#body?.destroy(error)
  }
}
