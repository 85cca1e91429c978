import type { Fault } from '@stopbit/faults'
import type { Clocks } from './clocks.ts'
import type { ResolvedExchangeOptions } from './options.ts'
import type { RecordDraft } from './record.ts'
import type { ExchangeSink, HeaderList } from './sink.ts'

/**
 * The client's side of an exchange: what was sent to it, how long ago, and whether it keeps up.
 *
 * While the client does not keep up, the upstream is not read, no heartbeat is sent, and the clocks that judge the upstream's
 * silence stand still: the silence is ours.
 */
export class Downstream {
  readonly #sink: ExchangeSink
  readonly #clocks: Clocks
  readonly #record: RecordDraft
  readonly #options: ResolvedExchangeOptions
  /** `ended`: the last byte is written; what the client still reads, it reads from buffers. */
  #flow: 'flowing' | 'paused' | 'ended' = 'flowing'
  #hasHeartbeat = false

  constructor(sink: ExchangeSink, clocks: Clocks, record: RecordDraft, options: ResolvedExchangeOptions) {
    this.#sink = sink
    this.#clocks = clocks
    this.#record = record
    this.#options = options
  }

  /** The client reads as fast as it is written to. */
  get keepsUp(): boolean {
    return this.#flow === 'flowing'
  }

  /** Sends the head. From here on silence towards the client is counted, if the body can carry a heartbeat. */
  sendHead(status: number, headers: HeaderList, body: 'with-heartbeat' | 'without-heartbeat'): void {
    this.#record.note({ status })
    this.#hasHeartbeat = body === 'with-heartbeat'
    this.#sink.writeHead(status, headers)
    this.#restartHeartbeat()
  }

  /** Sends bytes of the answer. An arrow, so that it can be handed out without a closure per chunk. */
  readonly send = (bytes: Uint8Array): void => {
    this.#record.sentDownstream(bytes.byteLength, this.#clocks.now)
    const keepsUp = this.#sink.write(bytes)
    this.#restartHeartbeat()
    if (!keepsUp) this.#pause()
  }

  sendHeartbeat(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return
    this.#record.heartbeatSent()
    if (!this.#sink.write(bytes)) return this.#pause()
    this.#restartHeartbeat()
  }

  /** The client has read some of what was sent, but not enough for more. */
  progressed(): void {
    this.#clocks.restart('downstreamStall', this.#options.downstreamStallMs)
  }

  /** The client has caught up. */
  drained(): void {
    if (this.#flow === 'ended') return this.progressed()
    if (this.#flow !== 'paused') return
    this.#flow = 'flowing'
    this.#clocks.stop('downstreamStall')
    this.#clocks.resumeUpstream()
    this.#restartHeartbeat()
    this.#sink.resumeUpstream()
  }

  /** Another answer has begun: it, too, is not read while the client does not keep up. */
  upstreamAnswered(): void {
    if (this.#flow === 'paused') this.#sink.pauseUpstream()
  }

  /** Nothing can be sent any more. */
  gone(): void {
    this.#flow = 'ended'
  }

  /** Ends the response with complete framing. The client has `downstreamStallMs` to take what is left. */
  end(): void {
    this.#finish()
    this.#sink.end()
  }

  /** Closes the connection with the framing incomplete. The client has as long to take what was sent before. */
  leaveIncomplete(): void {
    this.#finish()
    this.#sink.leaveIncomplete()
  }

  /** Tells a caller in this process what went wrong, behind what was sent before. */
  throwFault(fault: Fault): void {
    this.#finish()
    this.#sink.throwFault?.(fault)
  }

  #finish(): void {
    this.#flow = 'ended'
    this.#clocks.stop('heartbeat')
    this.#clocks.start('downstreamStall', this.#options.downstreamStallMs)
  }

  #restartHeartbeat(): void {
    if (this.#hasHeartbeat && this.#flow === 'flowing') this.#clocks.start('heartbeat', this.#options.heartbeatMs)
  }

  #pause(): void {
    if (this.#flow !== 'flowing') return
    this.#flow = 'paused'
    this.#clocks.stop('heartbeat')
    this.#clocks.pauseUpstream()
    this.#clocks.start('downstreamStall', this.#options.downstreamStallMs)
    this.#sink.pauseUpstream()
  }
}
