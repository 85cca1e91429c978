import type { ExchangeRecord, ExchangeSink, HeaderList, RetryNotice, StallWarning } from '@stopbit/exchange'
import type { LimitName } from '@stopbit/traces'
import { EventNames } from './describe-event.ts'
import type { Machine } from './machine.ts'
import { OwedBytes } from './owed-bytes.ts'
import type { ClientAnswer, ClientMark, Mark, Origin, ProxyMark, UpstreamMark } from './timeline.ts'

/** A mark before it is known when it was and whose. */
type NewMark = UpstreamMark | ProxyMark | ClientMark

/** What a play gives each of its exchanges. */
export interface SinkSetup {
  readonly exchange: number
  readonly marks: Mark[]
  readonly now: () => number
  readonly dispatch: (sink: PlayedSink, wants: 'any' | 'fresh') => () => void
}

/** Our own words into silence, and the protocol's. */
const HEARTBEAT = /^(?:: stopbit\r?\n\r?\n|event: ping\r?\ndata: \{"type": ?"ping"\}\r?\n\r?\n)$/

/** The options whose time had run out, by the fault that says so. */
const LIMITS: { readonly [fault: string]: LimitName } = {
  'connect-timeout': 'connectTimeoutMs',
  'headers-timeout': 'headersTimeoutMs',
  'body-timeout': 'idleTimeoutMs',
  'progress-timeout': 'progressTimeoutMs',
}

/** The world around one exchange: does what the machine asks for, and writes down what client and upstream see of it. */
export class PlayedSink implements ExchangeSink {
  wakeTime: number = Infinity
  record: ExchangeRecord | undefined
  relayedEvents = 0
  relayedBytes = 0
  sentBytes = 0
  lastByteAt: number
  readonly #setup: SinkSetup
  #machine: Machine | undefined
  #abortCall: (() => void) | undefined
  #owed = new OwedBytes()
  readonly #names = new EventNames()
  #status: number | undefined
  #contentType = ''
  readonly #parts: { bytes: Uint8Array; origin: Origin }[] = []
  #end: ClientAnswer['end'] | undefined
  /** Where on the timeline the machine's present step began: what it decides comes before what it then sends. */
  #stepBegan = 0

  constructor(setup: SinkSetup) {
    this.#setup = setup
    this.lastByteAt = setup.now()
  }

  /** The proxy that this is the world of; given right after both are made. */
  set machine(machine: Machine) {
    this.#machine = machine
  }

  get machine(): Machine {
    if (this.#machine === undefined) throw new TypeError('Cannot play: the exchange has no machine yet')
    return this.#machine
  }

  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  get hasHead(): boolean {
    return this.#status !== undefined
  }

  get answer(): ClientAnswer {
    return { status: this.#status, contentType: this.#contentType, parts: this.#parts, end: this.#end ?? 'hangs' }
  }

  note(mark: NewMark): void {
    const { marks, exchange, now } = this.#setup
    marks.push({ atMs: now(), exchange, ...mark })
    if (mark.lane === 'upstream') this.#stepBegan = marks.length
  }

  // What the upstream and the client do

  upstreamSent(bytes: Uint8Array): void {
    this.sentBytes += bytes.byteLength
    this.lastByteAt = this.#setup.now()
    this.#owed.add(bytes)
  }

  noteHeld(): void {
    if (this.hasEnded || this.#owed.byteLength === 0) return
    this.note({ lane: 'proxy', kind: 'holds', byteLength: this.#owed.byteLength })
  }

  leave(): void {
    if (this.hasEnded) return
    this.#finish('gone')
    this.machine.downstreamGone()
  }

  /** Nothing more will come, and the response is still open. */
  giveUp(): void {
    if (!this.hasEnded) this.#finish('hangs')
  }

  wake(): void {
    this.wakeTime = Infinity
    this.#stepBegan = this.#setup.marks.length
    this.machine.wake()
  }

  // What the machine asks for

  sendAttempt(attempt: number, { connection }: { readonly connection: 'any' | 'fresh' }): void {
    this.#owed = new OwedBytes()
    this.note({ lane: 'proxy', kind: 'attempt', attempt })
    this.#abortCall = this.#setup.dispatch(this, connection)
  }

  releaseRequest(): void {
    // The request is kept as long as the play lasts.
  }

  abortUpstream(): void {
    this.#abortCall?.()
  }

  pauseUpstream(): void {
    // The client of a play reads as fast as it is written to.
  }

  resumeUpstream(): void {
    // As above.
  }

  decodeUpstream(): boolean {
    return false
  }

  writeHead(status: number, headers: HeaderList): void {
    this.#status = status
    const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type')
    this.#contentType = at === -1 ? '' : (headers[at + 1] ?? '')
    this.note({ lane: 'client', kind: 'head', status })
  }

  write(bytes: Uint8Array): boolean {
    const origin = this.#owed.take(bytes)
    const copy = bytes.slice() // the machine may hand out the same memory again
    const isStream = /event-stream/i.test(this.#contentType)
    const events = isStream ? this.#names.feed(copy) : []
    if (origin === 'upstream') {
      this.relayedEvents += events.length
      this.relayedBytes += bytes.byteLength
    }
    const heartbeat = origin === 'proxy' && HEARTBEAT.test(new TextDecoder().decode(copy))
    this.lastByteAt = this.#setup.now()
    this.#parts.push({ bytes: copy, origin })
    this.note({ lane: 'client', kind: 'bytes', bytes: copy, events, origin, heartbeat })
    return true
  }

  end(): void {
    this.#finish('whole')
    this.machine.downstreamFinished()
  }

  leaveIncomplete(): void {
    this.#finish('cut')
    this.machine.downstreamGone()
  }

  abortDownstream(): void {
    this.leaveIncomplete()
  }

  wakeAt(time: number): void {
    this.wakeTime = time
  }

  stalled({ silentMs }: StallWarning): void {
    this.note({ lane: 'proxy', kind: 'stall', silentMs })
  }

  retrying({ reason, delayMs, fault, status }: RetryNotice): void {
    this.note({ lane: 'proxy', kind: 'retry', reason, delayMs, why: fault?.kind ?? `status ${status}` })
  }

  settled(record: ExchangeRecord): void {
    this.record = record
    if (record.fault !== undefined && this.#decidedAt !== undefined) this.#noteFault(record.fault.kind, this.#decidedAt)
  }

  #decidedAt: { readonly index: number; readonly atMs: number } | undefined

  #finish(end: ClientAnswer['end']): void {
    if (this.hasEnded) return
    this.#end = end
    this.#decidedAt = { index: this.#stepBegan, atMs: this.#setup.now() }
    this.note({ lane: 'client', kind: end })
  }

  /** The record tells the fault when all is over; it was judged before the last bytes were written. */
  #noteFault(fault: string, { index, atMs }: { readonly index: number; readonly atMs: number }): void {
    const limit = LIMITS[fault]
    const { marks, exchange } = this.#setup
    marks.splice(index, 0, {
      atMs,
      exchange,
      lane: 'proxy',
      kind: 'fault',
      fault,
      ...(limit !== undefined && { limit }),
    })
  }
}
