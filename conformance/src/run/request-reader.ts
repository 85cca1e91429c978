import { BodyDecoder } from './body-decoder.ts'
import { headerOf, parseHead, type MessageHead } from './parse-head.ts'

/** What the reader tells, in the order of the wire. */
export interface RequestEvents {
  /** Gives back what takes the whole body. */
  readonly onHead: (head: MessageHead) => (body: Buffer) => void
  readonly onBroken: (why: string) => void
}

/** No client of the suite sends as much. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

interface RequestBody {
  readonly decoder: BodyDecoder
  readonly parts: Buffer[]
  bytes: number
  readonly onComplete: (body: Buffer) => void
}

/** Reads HTTP/1.1 requests, one after the other, off the target's connection to the upstream. */
export class RequestReader {
  readonly #events: RequestEvents
  #held: Buffer = Buffer.alloc(0)
  #body: RequestBody | undefined
  #broken = false

  constructor(events: RequestEvents) {
    this.#events = events
  }

  feed(bytes: Buffer): void {
    let rest: Buffer | undefined = bytes
    try {
      while (rest !== undefined && !this.#broken)
        rest = this.#body === undefined ? this.#feedHead(rest) : this.#feedBody(rest)
    } catch (error) {
      this.#break((error as Error).message)
    }
  }

  #feedHead(bytes: Buffer): Buffer | undefined {
    this.#held = Buffer.concat([this.#held, bytes])
    const result = parseHead(this.#held)
    if (result.kind === 'more') return undefined
    if (result.kind === 'broken') {
      this.#break(result.why)
      return undefined
    }
    this.#held = Buffer.alloc(0)
    const chunked = headerOf(result.head, 'transfer-encoding') !== undefined
    const length = Number(headerOf(result.head, 'content-length') ?? 0)
    this.#body = {
      decoder: new BodyDecoder(chunked ? { kind: 'chunked' } : { kind: 'length', bytes: length }),
      parts: [],
      bytes: 0,
      onComplete: this.#events.onHead(result.head),
    }
    return result.rest
  }

  #feedBody(bytes: Buffer): Buffer | undefined {
    const body = this.#body
    if (body === undefined) return bytes
    const decoded = body.decoder.feed(bytes)
    body.bytes += decoded.body.length
    if (body.bytes > MAX_BODY_BYTES) throw new RangeError(`a request of over ${MAX_BODY_BYTES} body bytes`)
    body.parts.push(decoded.body)
    if (!decoded.done) return undefined
    this.#body = undefined
    body.onComplete(Buffer.concat(body.parts))
    return decoded.rest.length > 0 ? decoded.rest : undefined
  }

  #break(why: string): void {
    this.#broken = true
    this.#events.onBroken(why)
  }
}
