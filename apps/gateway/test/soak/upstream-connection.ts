import { once } from 'node:events'
import type { Socket } from 'node:net'

/** A connection of the upstream: reads requests one after the other, and no further than it is asked to. */
export class UpstreamConnection {
  readonly socket: Socket
  /** Requests that have come over it. */
  requestCount = 0
  readonly #closed: Promise<void>
  #pending: Buffer = Buffer.alloc(0)
  #bodyLeft = 0
  #arrived = Promise.withResolvers<void>()

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('error', () => undefined) // what comes of faults that are played here
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (data: Buffer) => {
      this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data])
      this.#wake()
    })
    socket.once('end', () => this.#wake())
    socket.once('close', () => this.#wake())
  }

  #wake(): void {
    this.#arrived.resolve()
    this.#arrived = Promise.withResolvers()
  }

  /** The head of the next request; its body is left unread. `undefined`: there is none to come. */
  async readHead(): Promise<string | undefined> {
    for (;;) {
      const end = this.#pending.indexOf('\r\n\r\n')
      if (end !== -1) {
        const head = this.#pending.toString('latin1', 0, end)
        this.#pending = this.#pending.subarray(end + 4)
        this.#bodyLeft = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
        this.requestCount++
        this.socket.pause()
        return head
      }
      if (!(await this.#more())) return undefined
    }
  }

  /** Reads the rest of the request's body to nowhere. `false`: it ended before. */
  async readBody(): Promise<boolean> {
    for (;;) {
      const taken = Math.min(this.#bodyLeft, this.#pending.length)
      this.#bodyLeft -= taken
      this.#pending = this.#pending.subarray(taken)
      if (this.#bodyLeft === 0) {
        this.socket.resume()
        return true
      }
      if (!(await this.#more())) return false
    }
  }

  async #more(): Promise<boolean> {
    if (this.socket.destroyed || this.socket.readableEnded) return false
    const { promise } = this.#arrived
    this.socket.resume()
    await promise
    return true
  }

  /** Writes, and waits for room. `false`: the connection is closed. */
  async write(bytes: Uint8Array | string): Promise<boolean> {
    const { socket } = this
    if (socket.destroyed || !socket.writable) return false
    if (socket.write(bytes)) return true
    const over = new AbortController()
    const drained = once(socket, 'drain', { signal: over.signal }).catch(() => undefined)
    await Promise.race([drained, this.#closed])
    over.abort()
    return !socket.destroyed
  }

  /** Waits until the gateway has closed it, and reads to nowhere. */
  async closed(): Promise<void> {
    this.socket.resume()
    await this.#closed
  }
}
