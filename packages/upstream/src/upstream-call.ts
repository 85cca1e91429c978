import type { ClientHttp2Stream } from 'node:http2'
import type { Readable } from 'node:stream'
import { classifyFault, type TransportFacts } from '@stopbit/faults'
import type { Dispatcher } from 'undici'
import { type BodyDecoder, createBodyDecoder } from './body-decoder.ts'
import { type AttemptOutcome, saysUpstreamIsDown } from './attempt-outcome.ts'
import { ChunkGatherer } from './chunk-gatherer.ts'
import { CallStream } from './call-stream.ts'
import type { CallCounters } from './counters.ts'
import { errorCode, poolError } from './pool-error.ts'
import { toHeaderList, toResponseError } from './response-head.ts'
import type { UpstreamEvents } from './upstream-events.ts'

/** What a call is made of. */
export interface CallSetup {
  readonly events: UpstreamEvents
  readonly secure: boolean
  readonly needsFresh: boolean
  /** The request's body, if it comes as a stream; one that was here whole is none, however it is sent. */
  readonly bodyStream: Readable | undefined
  readonly counters: CallCounters
  /** Told once, as soon as it is known what the attempt says about the upstream. */
  readonly settle: (outcome: AttemptOutcome) => void
}

/** What the transport has seen of an attempt, for the facts of a fault. */
interface Seen {
  connected: boolean
  /** Missing: unknown, or no request went out. */
  reused?: boolean | undefined
  /** When the whole request was with the socket, of `performance.now()`. */
  sentAt?: number | undefined
  responseStarted: boolean
  headersReceived: boolean
}

/** One attempt over undici: turns its callbacks into events, and keeps the facts that no error tells. */
export class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly needsFresh: boolean
  readonly #setup: CallSetup
  readonly #events: UpstreamEvents
  readonly #counters: CallCounters
  readonly #stream: CallStream
  #controller: Dispatcher.DispatchController | undefined
  readonly #seen: Seen = { connected: false, responseStarted: false, headersReceived: false }
  #leaveQueue: (() => void) | undefined
  #queueReported = false
  #dispatched = false
  #settled = false
  #connectionReported = false
  #multiplexed = false
  #takesDecoder = false
  #decoder: BodyDecoder | undefined
  readonly #chunks: ChunkGatherer
  #wanted: 'flowing' | 'paused' | 'nothing' = 'flowing'

  constructor(setup: CallSetup) {
    this.#setup = setup
    this.#events = setup.events
    this.#counters = setup.counters
    this.#stream = new CallStream(setup.bodyStream)
    this.#chunks = new ChunkGatherer(setup.events)
    this.needsFresh = setup.needsFresh
  }

  /** Hands the request to undici; it may fail at once, but is not reported before this has returned. */
  start(dispatch: () => void): void {
    try {
      dispatch()
    } catch (error) {
      // undici's proxy agents throw for a request that they will not send.
      this.onResponseError(null, error as Error)
    }
    this.#dispatched = true
  }

  /** Reports a fault of the pool's own; undici never hears of this request. */
  refuse(error: Error): void {
    this.#fail(error)
    this.#dispatched = true
  }

  /**
   * Closes the connection; nothing is reported from now on. A call that waits leaves the queue. One whose connection is still
   * being set up sends nothing on it, and leaves it to the next.
   */
  abort(): void {
    if (this.#wanted === 'nothing') return
    this.#wanted = 'nothing'
    this.#settle('unknown')
    this.#leaveQueue?.()
    this.leaveQueue()
    this.#chunks.drop()
    this.#decoder?.destroy()
    this.#close(new Error('The exchange needs no more of this response'))
  }

  /** Stops reading. Bytes that undici has read already, and up to 64 KiB of what they decode to, may still be held here. */
  pause(): void {
    if (this.#wanted !== 'flowing') return
    this.#wanted = 'paused'
    this.#decoder?.pause()
    this.#chunks.hold()
    this.#controller?.pause()
  }

  resume(): void {
    if (this.#wanted !== 'paused') return
    this.#wanted = 'flowing'
    this.#decoder?.resume()
    this.#chunks.release()
    if (this.#decoder?.full !== true) this.#controller?.resume()
  }

  /**
   * Has the body decoded: chunks come decoded from now on, each as soon as its bytes allow, and `upstreamEnd` only if the
   * coding is whole. Takes the value of `Content-Encoding`: gzip, x-gzip, deflate (zlib and raw), br, zstd where Node has it,
   * and lists of them. To be called from within `upstreamHead`.
   *
   * @returns `false` if this cannot be decoded here; then nothing has changed. Corrupt, truncated and trailing bytes become a
   * fault of kind `decode`.
   */
  decode(coding: string): boolean {
    if (!this.#takesDecoder) return false
    this.#decoder = createBodyDecoder(coding, {
      chunk: (bytes) => this.#events.upstreamChunk(bytes),
      end: () => this.#end(),
      fault: (error) => {
        this.#fail(error)
        this.#close(new Error('The body cannot be decoded'))
      },
      drain: () => {
        if (this.#wanted === 'flowing') this.#controller?.resume()
      },
    })
    this.#takesDecoder = this.#decoder === undefined
    if (this.#wanted === 'paused') this.#decoder?.pause()
    return this.#decoder !== undefined
  }

  /** The call waits for a connection; `leave` takes it out of the queue. */
  enterQueue(leave: () => void): void {
    this.#leaveQueue = leave
    this.#counters.queued++
  }

  leaveQueue(): void {
    if (this.#leaveQueue === undefined) return
    this.#leaveQueue = undefined
    this.#counters.queued--
  }

  reportQueued(): void {
    if (this.#queueReported) return
    this.#queueReported = true
    this.#events.upstreamQueued()
  }

  /** A connection is ready. Called again when undici sends the request once more. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici drops a request whose handler throws here, and keeps the connection; abort() would close it.
    if (this.#wanted === 'nothing') throw new Error('The exchange was over before a connection was there')
    if (this.#seen.connected) this.#counters.hiddenResends++
    else this.#counters.active++
    this.#seen.connected = true
    this.#controller = controller
    this.#seen.sentAt = undefined
    this.#seen.responseStarted = false
    if (this.#wanted === 'paused') controller.pause()
  }

  onRequestHead(reused: boolean | undefined, multiplexed: boolean): void {
    this.#multiplexed = multiplexed
    this.#counters.requestsSent++
    if (reused !== false) this.#counters.requestsOnReused++
    const first = !this.#connectionReported
    this.#connectionReported = true
    this.#seen.reused = reused
    if (first) this.#events.upstreamConnected(reused)
  }

  onRequestSent(): void {
    this.#seen.sentAt = performance.now()
  }

  onResponseStarted(): void {
    this.#seen.responseStarted = true
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#wanted === 'nothing') return
    if (status === 101) return controller.abort(poolError('UnrequestedUpgrade', 'The response switches protocols'))
    if (status < 200) return
    this.#seen.headersReceived = true
    this.#settle('answered')
    this.#takesDecoder = true
    this.#events.upstreamHead(status, toHeaderList(controller.rawHeaders))
    this.#takesDecoder = false
    controller.rawHeaders = null // undici would keep them until the answer is over, and a stream takes minutes
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#wanted === 'nothing') return
    if (this.#decoder === undefined) return this.#chunks.add(chunk)
    this.#decoder.write(chunk)
    if (this.#decoder.full) controller.pause()
  }

  onStream(stream: ClientHttp2Stream): void {
    this.#stream.opened(stream)
  }

  onStreamReset(stream: object): void {
    this.#stream.reset(stream)
  }

  onResponseEnd(): void {
    this.#stream.answerOver()
    this.#letGo()
    this.#chunks.flush()
    if (this.#wanted === 'nothing') return
    if (this.#stream.wasReset)
      this.#transportFault(poolError('HTTP2StreamReset', 'The stream was reset before its end'))
    else if (this.#decoder === undefined) this.#end()
    else this.#decoder.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#letGo()
    this.#chunks.flush()
    if (this.#wanted !== 'nothing') this.#transportFault(toResponseError(error))
  }

  /** The connection is no longer this call's: its controller would act on the next one's response. */
  #letGo(): void {
    if (this.#seen.connected) this.#counters.active--
    this.#controller = undefined
  }

  /** Closes the connection, or over HTTP/2 the stream. */
  #close(reason: Error): void {
    const controller = this.#controller
    if (this.#multiplexed) this.#stream.close(() => controller?.abort(reason))
    else controller?.abort(reason)
  }

  #transportFault(error: Error): void {
    if (this.#decoder === undefined) this.#fail(error)
    else this.#decoder.fault(error)
  }

  #end(): void {
    this.#wanted = 'nothing'
    this.#events.upstreamEnd()
  }

  #fail(error: unknown): void {
    const facts = this.#facts(error)
    const { kind } = classifyFault(facts, error)
    if (kind === 'reused-closed') this.#counters.racesSeen++
    const fromClient = error === this.#setup.bodyStream?.errored
    this.#settle(!fromClient && saysUpstreamIsDown(kind, error) ? 'failed' : 'unknown')
    this.leaveQueue()
    this.#decoder?.destroy()
    const report = (): void => {
      if (this.#wanted === 'nothing') return
      this.#wanted = 'nothing'
      this.#events.upstreamFault(error, facts)
    }
    if (this.#dispatched) report()
    else queueMicrotask(report)
  }

  #settle(outcome: AttemptOutcome): void {
    if (this.#settled) return
    this.#settled = true
    this.#setup.settle(outcome)
  }

  #facts(error: unknown): TransportFacts {
    const { sentAt, ...seen } = this.#seen
    return {
      ...seen,
      // A proxy that makes no tunnel fails before there is any TLS to the upstream.
      secure: this.#setup.secure && errorCode(error) !== 'STOPBIT_PROXY_FAILED',
      requestSent: sentAt !== undefined,
      sinceSentMs: sentAt === undefined ? undefined : performance.now() - sentAt,
    }
  }
}
