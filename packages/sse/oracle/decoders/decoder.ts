import type { CanonicalRequest, DialectId, ToolArguments } from '../streams/stream.ts'
import type { Transport } from './transport.ts'

/**
 * What a caller of a client learns from one stream.
 *
 * - `typed-error`: an error of the client's own kind for errors that the API sends; `message` is what a person reads.
 * - `completed`: the client handed the answer over, with a stop reason on every part of it.
 * - `syntax-error`: the client choked on the bytes.
 * - `silent-success`: the client handed an answer over that nothing says the end of.
 * - `other-error`: any other error, raw socket texts among them.
 * - `hang`: nothing for the whole time that a read may take.
 */
export type Outcome = 'typed-error' | 'completed' | 'syntax-error' | 'silent-success' | 'other-error' | 'hang'

/** One read, as its caller saw it. */
export interface Observation {
  readonly outcome: Outcome
  readonly message: string
  /** The text that reached the caller, by answer; with that of a failed read. */
  readonly text: readonly string[]
  /** The client's words for how the answers ended, as far as it has them. */
  readonly stopReasons: readonly string[]
  readonly executed: readonly ToolArguments[]
  /** More than one: the client took the first answer for a turn to go on from. */
  readonly requestCount: number
}

/** A real client that reads streams of a dialect. */
export interface Decoder {
  /** Package and call. */
  readonly id: string
  readonly dialect: DialectId
  /** Whether its caller could have sent this request at all. */
  canAsk(request: CanonicalRequest): boolean
  readonly transport: Transport
  /** Reads what `transport` was loaded with. Throws what its client throws. */
  read(sink: Sink, request: CanonicalRequest): Promise<ReadEnd>
}

/** What a read collects on its way, so that a failed one does not lose it. */
export interface Sink {
  readonly text: string[]
  readonly executed: ToolArguments[]
}

/** How a read that threw nothing has ended; `error` is one that the client reported without throwing. */
export interface ReadEnd {
  readonly stopReasons: readonly (string | null | undefined)[]
  readonly isComplete: boolean
  readonly error?: unknown
}

/** Adds text to an answer. */
export function addText(sink: Sink, answer: number, value: string): void {
  sink.text[answer] = (sink.text[answer] ?? '') + value
}

/** Notes what a tool was called with. A client that hands out a string is not trusted to hand out JSON. */
export function noteExecution(sink: Sink, input: unknown): string {
  sink.executed.push(typeof input === 'string' ? compact(input) : JSON.stringify(input))
  return '21 °C'
}

function compact(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json))
  } catch {
    return json
  }
}
