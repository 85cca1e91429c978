import type { Fault } from '@stopbit/faults'
import type { Closing, Dialect, EndingPolicy, Framing, PlainPasser, Scanner, StreamState } from '../dialects/dialect.ts'
import { parseJson } from '../dialects/json.ts'
import { recognizeDialect } from '../dialects/table.ts'
import { joinBytes, toBytes } from '../framing/bytes.ts'
import { createFramer, type Framer } from '../framing/framer.ts'
import { readEvent } from '../framing/read-event.ts'
import type { Finalizer, FinalizerOptions, PushResult } from './finalizer.ts'
import { HeldBytes } from './held-bytes.ts'

/** 16 MiB: above the largest single events seen, inline images of up to 8 MiB, with room. */
const DEFAULT_MAX_EVENT_BYTES = 16 * 1024 * 1024

/** 16 KiB. How much of an open event is looked at, for what it was to be: many times what tells. */
const LOOK_BYTES = 16 * 1024

/** From here on an event that came in pieces is handed out in them, where it can be. */
const LARGE_EVENT_BYTES = 4 * 1024

/**
 * The open event at the end of a stream.
 *
 * - `whole`: it only lacked line endings, and its bytes are ready to send.
 * - `dropped`: it is not sent, or there was none; its first bytes still tell what was to come.
 */
type Tail = { readonly is: 'whole' | 'dropped'; readonly bytes: Uint8Array }

const NOTHING = new Uint8Array(0)
const COMMENT = toBytes(': stopbit\n\n')

/** Makes the finalizer of one response. A synchronous push machine: it has no timer and touches no socket. */
export function createFinalizer(options: FinalizerOptions): Finalizer {
  return new StreamFinalizer(options)
}

class StreamFinalizer implements Finalizer {
  readonly #options: FinalizerOptions
  readonly #framing: Framing
  readonly #policy: EndingPolicy
  readonly #maxEventBytes: number
  readonly #framer: Framer
  #dialect: Dialect
  #scanner: Scanner
  /** The dialect is not known, and no event has been seen that could tell. */
  #isUnknown: boolean
  /** The open event: everything since the last event boundary. */
  readonly #held = new HeldBytes()
  /** The beginning of an event that was too large: it is not sent, but it tells what was to come. */
  #tooLarge: Uint8Array | undefined
  /** Set between events, where what follows may be known by its bytes. */
  #plainNext: PlainPasser | undefined
  #eventCount = 0
  #droppedBytes = 0

  constructor(options: FinalizerOptions) {
    this.#options = options
    this.#framing = options.framing ?? 'event-stream'
    this.#policy = options.ending ?? 'error'
    this.#maxEventBytes = options.maxEventBytes ?? DEFAULT_MAX_EVENT_BYTES
    this.#framer = createFramer(this.#framing)
    this.#dialect = options.dialect
    this.#isUnknown = options.dialect.completeWith === 'clean-end'
    this.#scanner = this.#createScanner(options.dialect)
  }

  get dialect(): Dialect {
    return this.#dialect
  }

  get state(): StreamState {
    return this.#scanner.state
  }

  get eventCount(): number {
    return this.#eventCount
  }

  get modelDataCount(): number {
    return this.#scanner.modelDataCount
  }

  get heldBytes(): number {
    return this.#held.byteLength
  }

  get droppedBytes(): number {
    return this.#droppedBytes
  }

  push(chunk: Uint8Array, write: (bytes: Uint8Array) => void): PushResult {
    const passed = this.#plainNext === undefined ? 0 : this.#passCounted(this.#plainNext, chunk, 0)
    if (passed === 0 || passed < chunk.length) return this.#pushFrom(chunk, passed, write)
    // Most chunks of most streams. What is not looked at need not come into the CPU's cache, where many streams have no room.
    write(chunk)
    return 'open'
  }

  /** The plain events up to `from` are passed; what follows has to be framed. */
  #pushFrom(chunk: Uint8Array, from: number, write: (bytes: Uint8Array) => void): PushResult {
    this.#plainNext = undefined // also if `write` throws
    if (this.#isOver()) {
      this.#droppedBytes += chunk.byteLength
      return 'ended'
    }
    this.#framer.load(chunk)
    if (from > 0) this.#framer.skipTo(from)
    let forwardFrom = 0
    let scannedTo = from
    while (scannedTo < chunk.length) {
      const end = this.#framer.nextEnd()
      if (end === -1) break
      if (this.#held.byteLength > 0) {
        this.#releaseHeld(chunk.subarray(0, end), write)
        forwardFrom = end
      } else if (this.#scan(chunk, scannedTo, end) === 'withhold') {
        forward(chunk, forwardFrom, scannedTo, write)
        forwardFrom = end
      }
      scannedTo = end
      if (this.#isOver()) break
      scannedTo = this.#passPlain(chunk, end)
    }
    forward(chunk, forwardFrom, scannedTo, write)
    this.#scanner.release?.()
    this.#framer.load(NOTHING) // or it would keep the chunk alive until the next one
    const result = this.#keep(chunk, scannedTo)
    const isBetweenEvents = result === 'open' && this.#held.byteLength === 0 && this.#framer.canSkip
    if (isBetweenEvents) this.#plainNext = this.#scanner.plainEvents
    return result
  }

  end(fault?: Fault): Closing {
    const tail = this.#takeTail(fault)
    const closing = this.#dialect.close(this.state, {
      fault,
      policy: this.#policy,
      openEvent: tail.is === 'dropped' ? tail.bytes : NOTHING,
      lineEnding: this.#framer.lineEnding,
      requestId: this.#options.requestId,
    })
    if (tail.is === 'dropped') return closing
    return { ...closing, bytes: append(tail.bytes, closing.bytes), tailBytes: tail.bytes.byteLength }
  }

  heartbeat(handedOut: 'sent' | 'held' = 'sent'): Uint8Array | undefined {
    const knowsDialect = this.#dialect.completeWith !== 'clean-end'
    if (handedOut === 'held') return knowsDialect && this.#framing === 'event-stream' ? COMMENT : undefined
    return this.#dialect.heartbeat(this.state, this.#framer.lineEnding)
  }

  #isOver(): boolean {
    const { phase } = this.#scanner.state
    return phase === 'done' || phase === 'failed'
  }

  /** Passes over events that the scanner knows from their bytes, which is nearly all of a stream. Answers with their end. */
  #passPlain(chunk: Uint8Array, from: number): number {
    const { plainEvents } = this.#scanner
    if (plainEvents === undefined || from === chunk.length || !this.#framer.canSkip) return from
    const end = this.#passCounted(plainEvents, chunk, from)
    if (end > from) this.#framer.skipTo(end)
    return end
  }

  #passCounted(plainEvents: PlainPasser, chunk: Uint8Array, from: number): number {
    const countBefore = plainEvents.count
    const end = plainEvents.pass(chunk, from)
    this.#eventCount += plainEvents.count - countBefore
    return end
  }

  #scan(bytes: Uint8Array, start: number, end: number): 'forward' | 'withhold' {
    if (this.#isUnknown) this.#recognize(bytes, start, end)
    this.#eventCount++
    return this.#scanner.scan(bytes, start, end)
  }

  /** Vendors speak known dialects on paths of their own: the first event that is more than a comment tells. */
  #recognize(bytes: Uint8Array, start: number, end: number): void {
    const event = readEvent(bytes, start, end)
    if (event.name === 'ping' || (event.name === '' && event.data === '')) return
    this.#isUnknown = false
    const dialect = recognizeDialect(event)
    if (dialect === undefined) return
    this.#dialect = dialect
    this.#scanner = this.#createScanner(dialect)
  }

  /** The held event ends with `last`. It is joined once, for the scanner, and goes out as it was scanned. */
  #releaseHeld(last: Uint8Array, write: (bytes: Uint8Array) => void): void {
    if (last.byteLength > 0) this.#held.push(last)
    if (this.#passHeld(write)) return
    const event = this.#held.take()
    if (this.#scan(event, 0, event.byteLength) === 'forward') write(event)
  }

  /** To join a large event would cost more than all else that is done with it: it is handed out as it came, if its ends tell enough. */
  #passHeld(write: (bytes: Uint8Array) => void): boolean {
    const { chunks, byteLength } = this.#held
    const first = chunks[0]
    const last = chunks.at(-1)
    if (byteLength < LARGE_EVENT_BYTES || first === undefined || last === undefined) return false
    if (this.#scanner.plainEvents?.passEnds?.(first, last) !== true) return false
    this.#eventCount++
    for (const chunk of this.#held.takeChunks()) write(chunk)
    return true
  }

  #keep(chunk: Uint8Array, from: number): PushResult {
    const rest = chunk.byteLength - from
    if (this.#isOver()) {
      this.#droppedBytes += rest
      return 'ended'
    }
    if (rest === 0) return 'open'
    this.#held.push(from === 0 ? chunk : chunk.subarray(from))
    if (this.#held.byteLength > this.#maxEventBytes) {
      // A copy, which `slice` of a Node Buffer is not: the rest is let go.
      this.#tooLarge = new Uint8Array(this.#held.take().subarray(0, LOOK_BYTES))
      return 'event-too-large'
    }
    return 'open'
  }

  /**
   * Held bytes are whole after all if they only lack the LF of their last CRLF, or, after a clean end, if they are an event
   * that ends the stream and whose empty line never came, or anything at all where no dialect is known.
   */
  #takeTail(fault: Fault | undefined): Tail {
    if (this.#tooLarge !== undefined) return { is: 'dropped', bytes: this.#tooLarge }
    const held = this.#held.take()
    const dropped: Tail = { is: 'dropped', bytes: held.subarray(0, LOOK_BYTES) }
    if (held.byteLength === 0) return dropped
    if (fault === undefined && this.#dialect.completeWith === 'clean-end') return { is: 'whole', bytes: held }
    const { missingEnd, awaitsLf } = this.#framer
    const event = append(held, toBytes(missingEnd))
    if (!awaitsLf && (fault !== undefined || !this.#isLast(event))) return dropped
    const verdict = this.#scan(event, 0, event.byteLength)
    this.#scanner.release?.()
    return verdict === 'forward' ? { is: 'whole', bytes: event } : dropped
  }

  #createScanner(dialect: Dialect): Scanner {
    return dialect.createScanner(this.#options.request, this.#framing, this.#policy)
  }

  /** Whether the stream is over with this event: its terminal event, of success or of failure, or the last stop reason. */
  #isLast(event: Uint8Array): boolean {
    if (!mayBeLast(event)) return false
    if (this.#scanner.isEndedBy !== undefined) return this.#scanner.isEndedBy(event)
    const probe = this.#createScanner(this.#dialect)
    probe.scan(event, 0, event.byteLength)
    return probe.state.phase === 'done' || probe.state.phase === 'failed'
  }
}

/**
 * What is far larger than its beginning, and begins with nothing that means anything, ends nothing. And an error event counts
 * by its name alone, but half of what it says is not what the upstream said.
 */
function mayBeLast(event: Uint8Array): boolean {
  const beginning = readEvent(event, 0, Math.min(event.byteLength, LOOK_BYTES))
  if (event.byteLength > LOOK_BYTES && beginning.name === '' && beginning.data.trim() === '') return false
  const { data } = event.byteLength > LOOK_BYTES ? readEvent(event, 0, event.byteLength) : beginning
  return !/^\s*[[{]/.test(data) || parseJson(data) !== undefined
}

/** Hands out a run of whole events; the chunk itself where it is nothing else. */
function forward(chunk: Uint8Array, from: number, to: number, write: (bytes: Uint8Array) => void): void {
  if (to > from) write(from === 0 && to === chunk.byteLength ? chunk : chunk.subarray(from, to))
}

function append(bytes: Uint8Array, more: Uint8Array): Uint8Array {
  return joinBytes([bytes, more], bytes.byteLength + more.byteLength)
}
