import { matchBody } from '../judge/match-body.ts'
import type { ClientExchange, UpstreamRequest } from './records.ts'
import type { Stage } from './stage.ts'

const LF = 0x0a
const CR = 0x0d

/** How far an exchange has come. What the records hold only grows, so that each part of a body is looked at once. */
export class Progress {
  readonly #stage: Stage
  readonly #exchange: ClientExchange
  readonly #received: PartCount
  readonly #sent = new Map<UpstreamRequest, PartCount>()
  #lineEndsSeen = -1
  #sentBytesSeen = -1
  #matchedEvents = 0

  constructor(stage: Stage, exchange: ClientExchange) {
    this.#stage = stage
    this.#exchange = exchange
    this.#received = new PartCount(exchange.bodyParts)
  }

  /** Body bytes at the client. */
  get receivedBytes(): number {
    return this.#received.count().bytes
  }

  /** Body bytes that the upstream was given to send, in all attempts. */
  get sentBytes(): number {
    let bytes = 0
    for (const request of this.#stage.requestsOf(this.#exchange)) {
      let count = this.#sent.get(request)
      if (count === undefined) this.#sent.set(request, (count = new PartCount(request.sentParts)))
      bytes += count.count().bytes
    }
    return bytes
  }

  /** The upstream's first events that the client has. The bodies are matched anew only where an event can have been completed. */
  get matchedEvents(): number {
    const { lineEnds } = this.#received.count()
    const { sentBytes } = this
    if (lineEnds === this.#lineEndsSeen && sentBytes === this.#sentBytesSeen) return this.#matchedEvents
    this.#lineEndsSeen = lineEnds
    this.#sentBytesSeen = sentBytes
    const sent = Buffer.concat(this.#stage.requestsOf(this.#exchange).flatMap(({ sentParts }) => sentParts))
    const received = Buffer.concat(this.#exchange.bodyParts)
    this.#matchedEvents = matchBody(this.#stage.trace.dialect, sent, received).matchedEvents
    return this.#matchedEvents
  }

  /**
   * When the last byte came that the upstream still owed the client: from a large body, or one that the client was slow to read, they
   * come long after the upstream's last act. Undefined once the fault has run, after which nothing is owed, and when all has come.
   */
  get lastOwedByteAt(): number | undefined {
    if (this.#stage.fault.state === 'ran' || this.receivedBytes >= this.sentBytes) return undefined
    return this.#exchange.bodyTimes.at(-1)
  }
}

/** Adds up parts of which more come. */
class PartCount {
  readonly #parts: readonly Uint8Array[]
  #index = 0
  #bytes = 0
  #lineEnds = 0

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts
  }

  count(): { readonly bytes: number; readonly lineEnds: number } {
    for (; this.#index < this.#parts.length; this.#index += 1) {
      const part = this.#parts[this.#index] ?? new Uint8Array()
      this.#bytes += part.length
      if (part.includes(LF) || part.includes(CR)) this.#lineEnds += 1
    }
    return { bytes: this.#bytes, lineEnds: this.#lineEnds }
  }
}
