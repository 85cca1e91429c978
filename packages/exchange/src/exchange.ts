import { classifyFault, createFault, isUnknownError, type Fault, type TransportFacts } from '@stopbit/faults'
import type { RequestFacts } from '@stopbit/sse'
import type { RequestBodyKind } from './attempts.ts'
import { breakDown } from './machine/break-down.ts'
import { drainUpstream, leaveUpstream, over } from './machine/close.ts'
import { Core, type ExchangeContext } from './machine/core.ts'
import { fail, giveUp } from './machine/end-answer.ts'
import { refuseMisuse, type Misuse } from './machine/misuse.ts'
import { endAnswer, relayChunk, takeHead } from './machine/relay-answer.ts'
import { runOut } from './machine/run-out.ts'
import { awaitUpload, sendRequest, takeUpload } from './machine/take-request.ts'
import type { HeaderList } from './sink.ts'

/**
 * One request and its response, as a machine without sockets, timers or a runtime. The adapter feeds what happened; the
 * machine decides, and tells the sink what to do. Inputs may come in any order and late: what no longer matters is ignored.
 *
 * Here is what may happen, and which step each thing leads to; the steps are in `machine/`.
 */
export class Exchange {
  readonly #core: Core
  #isBusy = false
  readonly #waiting: (() => void)[] = []

  constructor(context: ExchangeContext) {
    this.#core = new Core(context)
  }

  // The request

  /** The next bytes of the request's body are waited for. Not to be fed while nobody wants them. */
  requestAwaited(): void {
    this.#feed(awaitUpload)
  }

  /**
   * Bytes of the request's body have come; 0 for its end.
   *
   * @returns `stream` if no more of the body is kept: it has to be passed on as it comes.
   */
  requestChunk(byteLength: number): 'keep' | 'stream' {
    let verdict: 'keep' | 'stream' = 'stream'
    this.#feed((core) => (verdict = takeUpload(core, byteLength)))
    return verdict
  }

  /** The request is here, or as much of its body as is kept: send it on. `facts` come from `readRequestFacts`. */
  start(facts: RequestFacts, body: RequestBodyKind = 'kept'): void {
    this.#feed(sendRequest, facts, body)
  }

  /** The application around the adapter has made the request or its response unusable. In place of `start`. */
  misused(misuse: Misuse): void {
    this.#feed(refuseMisuse, misuse)
  }

  // The upstream. What comes of an attempt that is over or was aborted is ignored.

  /** No connection is free: the attempt waits for one. */
  upstreamQueued(): void {
    this.#feed(({ attempts }) => attempts.queued())
  }

  /** A connection is ready, and the request goes out on it. */
  upstreamConnected(reused: boolean | undefined): void {
    this.#feed(({ attempts }, isReused) => attempts.connected(isReused), reused)
  }

  upstreamHead(status: number, headers: HeaderList): void {
    this.#feed(takeHead, status, headers)
  }

  upstreamChunk(bytes: Uint8Array): void {
    this.#feed(takeChunk, bytes)
  }

  /** The upstream's body ended, with complete framing. Without a head before it, that is no answer. */
  upstreamEnd(): void {
    this.#feed(takeEnd)
  }

  /** The attempt failed: no connection, no head, or no whole body. */
  upstreamFault(error: unknown, facts: TransportFacts): void {
    this.#feed(takeFault, error, facts)
  }

  // The client

  /** The client has read some of what was written, but not enough for more. */
  downstreamProgressed(): void {
    this.#feed(({ downstream }) => downstream.progressed())
  }

  /** The client has read enough for more to be written. */
  downstreamDrained(): void {
    this.#feed(drainDownstream)
  }

  /** The whole response was handed to the client's connection. */
  downstreamFinished(): void {
    this.#feed((core) => over(core, 'downstream', 'whole'))
  }

  /** The client's connection is gone, by its own will or by `leaveIncomplete`. */
  downstreamGone(): void {
    this.#feed(loseClient)
  }

  // The operator, and time

  /**
   * Ends the response now, and truthfully: as a real status, or with an error event. Nothing is sent again.
   *
   * @param fault why. Default: the listener has to close.
   */
  finish(fault: Fault = createFault('aborted-by-us')): void {
    this.#feed(giveUp, fault)
  }

  /** The time that was asked for has come. */
  wake(): void {
    this.#feed(runOutAll)
  }

  /**
   * Inputs are taken one after the other. A sink may answer a call with an input at once; that one waits until the machine is
   * through with the input that led to the call, so that none ever finds it between two states. Without a closure or a
   * list for an input that need not wait: there is one for every chunk. None reaches an exchange that has settled.
   */
  #feed(input: (core: Core) => void): void
  #feed<A>(input: (core: Core, a: A) => void, a: A): void
  #feed<A, B>(input: (core: Core, a: A, b: B) => void, a: A, b: B): void
  #feed(input: (core: Core, a: unknown, b: unknown) => void, a?: unknown, b?: unknown): void {
    if (this.#isBusy) {
      this.#waiting.push(() => this.#feed(input, a, b))
      return
    }
    const core = this.#core
    if (core.phase.phase === 'settled') return
    this.#isBusy = true
    try {
      core.clocks.tick()
      input(core, a, b)
    } catch (defect) {
      breakDown(core, defect)
    } finally {
      core.clocks.arm()
      this.#isBusy = false
    }
    this.#waiting.shift()?.()
  }
}

function takeChunk(core: Core, bytes: Uint8Array): void {
  const { phase, attempts, clocks, record } = core
  if (phase.phase === 'asking' || !attempts.isUnderWay) return
  record.upstreamSent(bytes.byteLength, clocks.now)
  if (phase.phase === 'closing') drainUpstream(core, bytes.byteLength, phase.drainBytes)
  else relayChunk(core, bytes)
}

function drainDownstream({ downstream, memory }: Core): void {
  downstream.drained()
  if (downstream.keepsUp) memory.taken()
}

function takeEnd(core: Core): void {
  const { phase, attempts, clocks, record } = core
  if (!attempts.isUnderWay) return
  record.upstreamOver(clocks.now)
  attempts.over()
  if (phase.phase === 'closing') over(core, 'upstream', 'whole')
  else if (phase.phase === 'asking') fail(core, createFault('bad-response'))
  else endAnswer(core)
}

function takeFault(core: Core, error: unknown, facts: TransportFacts): void {
  const { phase, attempts, clocks, record } = core
  if (!attempts.isUnderWay) return
  record.upstreamOver(clocks.now)
  attempts.over()
  if (phase.phase === 'closing') return over(core, 'upstream', 'cut')
  // A head that came proves more than a transport may know: nothing is unsent that was answered.
  const isAnswered = phase.phase !== 'asking'
  const seen = isAnswered ? { ...facts, connected: true, headersReceived: true } : facts
  const fault = classifyFault(seen, error)
  const isUnsent = facts.connected === false || facts.requestSent === false || fault.retrySafety === 'never-sent'
  // A proxy's transport fails for nothing but transport's reasons; a caller's `fetch` may, and then it stays at one try.
  const isUnknown = core.hasCaller && !isAnswered && isUnknownError(error)
  fail(core, fault, { wasSent: isAnswered || !isUnsent, isUnknown })
}

function loseClient(core: Core): void {
  const { phase, record } = core
  if (phase.phase === 'closing') {
    if (phase.ending !== 'incomplete' && phase.awaits !== 'upstream') record.note({ clientGone: true })
    over(core, 'downstream', 'cut')
  } else {
    record.note({ clientGone: true, fault: createFault('client-gone') })
    leaveUpstream(core)
  }
}

function runOutAll(core: Core): void {
  const { clocks } = core
  clocks.woken()
  for (let name = clocks.takeExpired(); name !== undefined; name = clocks.takeExpired()) runOut(core, name)
}
