import type { Difference } from './differences.ts'
import { framingOf, parseHead, type BodyFraming } from './parse-head.ts'
import type { Delay, PlannedAnswer, PlannedHead, PlannedWrite } from './planned-answer.ts'

const NO_DELAY: Delay = { scaledMs: 0, fixedMs: 0, barriers: 0 }

/** Where an answer stands on the wire. */
type Stage =
  | { readonly stage: 'head'; readonly text: string }
  | { readonly stage: 'body'; readonly head: PlannedHead; readonly framing: BodyFraming; readonly length: number }
  | { readonly stage: 'over'; readonly head: PlannedHead | undefined; readonly end: PlannedAnswer['end'] }

/** Follows the steps of one answer and keeps what a mocked response can say of it. */
export class AnswerBuilder {
  readonly #http: '1.1' | '2'
  readonly #note: (difference: Difference) => void
  readonly #writes: PlannedWrite[] = []
  #stage: Stage = { stage: 'head', text: '' }
  #delay: Delay = NO_DELAY
  #endAfter: Delay = NO_DELAY

  constructor(http: '1.1' | '2', note: (difference: Difference) => void) {
    this.#http = http
    this.#note = note
  }

  wait(delay: Partial<Delay>): void {
    const { scaledMs, fixedMs, barriers } = this.#delay
    this.#delay = {
      scaledMs: scaledMs + (delay.scaledMs ?? 0),
      fixedMs: fixedMs + (delay.fixedMs ?? 0),
      barriers: barriers + (delay.barriers ?? 0),
    }
  }

  /** Bytes of a head, perhaps not all of them. */
  addHead(bytes: Uint8Array): void {
    const stage = this.#stage
    if (stage.stage !== 'head') return this.#noteRest()
    const text = stage.text + new TextDecoder('latin1').decode(bytes)
    const parsed = parseHead(text)
    if (parsed.kind === 'broken') return this.break('unreadable-head')
    if (parsed.kind === 'open') return void (this.#stage = { stage: 'head', text })
    const { head } = parsed
    if (head.status === 101) return this.break('unreadable-head') // fetch takes none that it did not ask for
    if (head.status < 200) {
      this.#note('informational')
      return void (this.#stage = { stage: 'head', text: '' })
    }
    if (head.headers.some(([name]) => name.toLowerCase() === 'content-encoding')) this.#note('coding')
    const framing = framingOf(head, this.#http)
    this.#stage = { stage: 'body', head: { ...head, after: this.#takeDelay() }, framing, length: 0 }
    this.#endIfWhole()
  }

  /** Body bytes without framing. */
  addBody(bytes: Uint8Array): void {
    const stage = this.#stage
    if (stage.stage !== 'body') return this.#noteRest()
    if (bytes.length > 0) this.#writes.push({ after: this.#takeDelay(), bytes })
    this.#stage = { ...stage, length: stage.length + bytes.length }
    this.#endIfWhole()
  }

  /** Bytes that are neither: they break what is open. */
  addWire(bytes: Uint8Array, isFault: boolean): void {
    if (this.#stage.stage === 'head') return isFault ? this.break('unreadable-head') : this.addHead(bytes)
    if (this.#stage.stage === 'over') return this.#noteRest()
    if (isFault) this.break('connection-end')
  }

  /** The last chunk, or END_STREAM. */
  endBody(): void {
    if (this.#stage.stage === 'body') this.#end('clean')
  }

  /** The connection is closed in good order, from this end. */
  fin(): void {
    const stage = this.#stage
    if (stage.stage === 'body' && stage.framing.kind === 'until-close') this.#end('clean')
    else this.break('connection-end')
  }

  /** From here on the client cannot read on. */
  break(difference: Difference): void {
    switch (this.#stage.stage) {
      case 'head':
        this.#note(difference === 'connection-end' ? this.#headDifference() : difference)
        return this.#end('error')
      case 'body':
        this.#note('connection-end')
        return this.#end('error')
      case 'over':
        return this.#noteRest()
      default:
        return this.#stage satisfies never
    }
  }

  /** Nothing more comes, and the connection stays open. */
  stall(): void {
    if (this.#stage.stage !== 'over') this.#end('stall')
  }

  /** The answer; what is still open stays so. */
  build(): PlannedAnswer {
    this.stall()
    if (this.#stage.stage !== 'over') throw new Error('Cannot plan an answer: it is not over')
    const { head, end } = this.#stage
    return { head, writes: this.#writes, end, endAfter: this.#endAfter }
  }

  #headDifference(): Difference {
    return this.#stage.stage === 'head' && this.#stage.text !== '' ? 'unreadable-head' : 'before-head'
  }

  /** What comes behind a whole answer. Behind a failure there is nobody to get it. */
  #noteRest(): void {
    if (this.#stage.stage === 'over' && this.#stage.end === 'clean') this.#note('after-answer')
  }

  #endIfWhole(): void {
    const stage = this.#stage
    if (stage.stage !== 'body') return
    const { framing, length } = stage
    if (framing.kind === 'none' || (framing.kind === 'length' && length >= framing.bytes)) this.#end('clean')
  }

  #end(end: PlannedAnswer['end']): void {
    const head = this.#stage.stage === 'body' ? this.#stage.head : undefined
    // An error at once would overtake bytes that a connection still delivers.
    if (end === 'error' && head !== undefined && this.#delay.barriers === 0) this.wait({ barriers: 1 })
    this.#endAfter = this.#takeDelay()
    this.#stage = { stage: 'over', head, end }
  }

  #takeDelay(): Delay {
    const delay = this.#delay
    this.#delay = NO_DELAY
    return delay
  }
}
