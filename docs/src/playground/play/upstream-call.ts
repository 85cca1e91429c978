import type { TransportFacts } from '@stopbit/faults'
import type { HeaderList } from '@stopbit/exchange'
import { EventNames } from './describe-event.ts'
import type { PlayedSink } from './played-sink.ts'

/** The ways of a connection to fail, as Node and undici word them. The codes are theirs; the facts below decide. */
const ERRORS = {
  refused: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.1:443' },
  connectTimeout: { code: 'UND_ERR_CONNECT_TIMEOUT', message: 'Connect Timeout Error' },
  reset: { code: 'ECONNRESET', message: 'read ECONNRESET' },
  closed: { code: 'UND_ERR_SOCKET', message: 'other side closed' },
} as const

type ErrorName = keyof typeof ERRORS

/** One request on its way upstream, and what its transport has seen of it. */
export class UpstreamCall {
  readonly sink: PlayedSink
  readonly #sentAt: number
  readonly #now: () => number
  #isConnected = false
  #isReused = false
  #headers: HeaderList | undefined
  /** Body bytes that the head still promises. */
  #left = Infinity
  #state: 'under-way' | 'over' = 'under-way'
  sentEvents = 0
  readonly #names = new EventNames()

  constructor(sink: PlayedSink, now: () => number) {
    this.sink = sink
    this.#now = now
    this.#sentAt = now()
  }

  get isUnderWay(): boolean {
    return this.#state === 'under-way'
  }

  /** Whether another request may follow on the connection when this one is over. */
  get keepsAlive(): boolean {
    return this.#isFramed && !/close/i.test(this.#header('connection') ?? '')
  }

  connected(isReused: boolean): void {
    this.sink.note({ lane: 'upstream', kind: 'request', reused: isReused })
    this.#connect(isReused)
  }

  head(payload: Uint8Array): void {
    const [first = '', ...fields] = new TextDecoder().decode(payload).trimEnd().split('\r\n')
    const status = Number(first.split(' ')[1])
    const headers = fields.flatMap((field) => [
      field.slice(0, field.indexOf(':')),
      field.slice(field.indexOf(':') + 1).trim(),
    ])
    this.sink.note({ lane: 'upstream', kind: 'head', status })
    this.#headers = headers
    this.#left = Number(this.#header('content-length') ?? Infinity)
    this.sink.machine.upstreamHead(status, headers)
  }

  body(bytes: Uint8Array, isFault: boolean): void {
    if (!this.isUnderWay) return
    const isStream = /event-stream/i.test(this.#header('content-type') ?? '')
    const events = isStream ? this.#names.feed(bytes) : []
    this.sentEvents += events.length
    this.sink.upstreamSent(bytes)
    this.sink.note({ lane: 'upstream', kind: 'bytes', bytes, events, ...(isFault && { fault: true }) })
    this.sink.machine.upstreamChunk(bytes)
    this.sink.noteHeld()
    this.#left -= bytes.byteLength
    if (this.#left <= 0) this.end(false)
  }

  /** The body's framing is complete. */
  end(isFault: boolean): void {
    if (!this.isUnderWay) return
    this.#state = 'over'
    this.sink.note({ lane: 'upstream', kind: 'end', ...(isFault && { fault: true }) })
    this.sink.machine.upstreamEnd()
  }

  /**
   * The connection closes under the request. A body that ends with its connection is whole then: after a FIN for everybody, and
   * after an RST for undici 8.12, which tells the two apart no more.
   */
  closed(how: 'fin' | 'rst'): void {
    if (!this.isUnderWay) return
    if (!this.#isConnected) this.#connect(false) // it was accepted, and closed before the request was read
    if (this.#headers !== undefined && !this.#isFramed) {
      this.#state = 'over'
      this.sink.machine.upstreamEnd()
    } else this.fail(how === 'fin' ? 'closed' : 'reset')
  }

  fail(name: ErrorName): void {
    this.#state = 'over'
    const { code, message } = ERRORS[name]
    this.sink.machine.upstreamFault(Object.assign(new Error(message), { code }), this.#facts())
  }

  /** The proxy wants no more of it. */
  abort(): void {
    this.#state = 'over'
  }

  #connect(isReused: boolean): void {
    this.#isConnected = true
    this.#isReused = isReused
    this.sink.machine.upstreamConnected(isReused)
  }

  get #isFramed(): boolean {
    return this.#header('content-length') !== undefined || this.#header('transfer-encoding') !== undefined
  }

  #header(name: string): string | undefined {
    const headers = this.#headers ?? []
    const at = headers.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === name)
    return at === -1 ? undefined : headers[at + 1]
  }

  /** As the undici transport knows them. */
  #facts(): TransportFacts {
    const hasAnswer = this.#headers !== undefined
    if (!this.#isConnected) return { connected: false, secure: false, requestSent: false, headersReceived: false }
    return {
      connected: true,
      secure: false,
      reused: this.#isReused,
      requestSent: true,
      sinceSentMs: this.#now() - this.#sentAt,
      responseStarted: hasAnswer,
      headersReceived: hasAnswer,
    }
  }
}
