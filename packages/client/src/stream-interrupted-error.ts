import type { ExchangeRecord } from '@stopbit/exchange'
import { FAULTS, type Fault, type FaultKind, type FaultPhase, type RetrySafety } from '@stopbit/faults'

const BRAND = Symbol.for('stopbit.StreamInterruptedError')

/**
 * The answer of an API was cut, or never came. Its call rejects with this while no head was there; afterwards the body does,
 * behind every whole event that was received.
 *
 * `message` is one sentence for people, always the same for a `kind`: what happened, and what to do. It never holds a text of
 * the runtime. That is in `cause`, which is not enumerable, so that no serialiser takes it along; `JSON.stringify` gives
 * nothing of prompts, completions, keys or hosts.
 */
export class StreamInterruptedError extends Error {
  override readonly name = 'StreamInterruptedError'
  /** What went wrong: `body-reset`, `body-timeout`, `refused`, … All kinds are on the docs site, under Reference, Faults. */
  readonly kind: FaultKind
  /** Where: `connect`, `send`, `headers` or `body`. */
  readonly phase: FaultPhase
  /** Whether the request may be sent again without being executed twice. What could be tried was tried. */
  readonly retrySafety: RetrySafety
  /** The API's id of the request, as far as it gave one, the one that the caller sent along, and a CDN's: for a support case. */
  declare readonly requestId?: string
  declare readonly clientRequestId?: string
  declare readonly xRequestId?: string
  declare readonly cfRay?: string
  /** The status that the API answered with; missing if it did not answer. */
  declare readonly status?: number
  /** Bytes of the answer that the caller was given before the error, and whole events among them. */
  readonly receivedBytes: number
  readonly receivedEvents: number
  /** All that is known of the exchange: attempts, times, bytes. */
  readonly record: ExchangeRecord

  /** @param cause the runtime's error; `undefined` if there was none, as after a timeout. */
  constructor(fault: Fault, record: ExchangeRecord, cause: unknown) {
    const { sentence, clientSentence = sentence } = FAULTS[fault.kind]
    super(clientSentence, cause === undefined ? undefined : { cause })
    const { requestId, clientRequestId, xRequestId, cfRay, upstreamStatus } = record
    this.kind = fault.kind
    this.phase = fault.phase
    this.retrySafety = fault.retrySafety
    if (requestId !== undefined) this.requestId = requestId
    if (clientRequestId !== undefined) this.clientRequestId = clientRequestId
    if (xRequestId !== undefined) this.xRequestId = xRequestId
    if (cfRay !== undefined) this.cfRay = cfRay
    if (upstreamStatus !== undefined) this.status = upstreamStatus
    this.receivedBytes = record.downstreamBytes
    this.receivedEvents = record.sentEvents
    this.record = record
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Whether a value is such an error, also if another copy of this package made it. Look at `cause` of an SDK's error, too. */
  static isInstance(value: unknown): value is StreamInterruptedError {
    return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true
  }
}
