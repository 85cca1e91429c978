import type { Framing } from '../dialects/dialect.ts'
import { EventFramer, type LineEnding } from './event-framer.ts'
import { JsonArrayFramer } from './json-array-framer.ts'

/** Finds where the units of a stream end, in bytes that arrive in any chunking. The bytes stay with its caller. */
export interface Framer {
  /** Takes the next chunk. `nextEnd` must have answered -1 for the one before. */
  load(chunk: Uint8Array): void
  /**
   * The offset behind the next unit that ends in the loaded chunk: `0` if it ended with the bytes before the chunk, `-1` if
   * the rest of the chunk belongs to a unit that is still open. Each byte is looked at once.
   */
  nextEnd(): number
  /**
   * What comes next begins a unit whatever came before, provided that the caller holds no bytes of an open one. Then `skipTo`
   * may say where the loaded chunk goes on, behind units that the caller knows from their bytes.
   */
  readonly canSkip: boolean
  skipTo(end: number): void
  readonly lineEnding: LineEnding
  /** What the open unit lacks of its end if nothing else of it is missing: a number of line endings. */
  readonly missingEnd: string
  /** All bytes so far are whole units, except that a LF may still follow the last CR. */
  readonly awaitsLf: boolean
}

/** The framer of one body. */
export function createFramer(framing: Framing): Framer {
  switch (framing) {
    case 'event-stream':
      return new EventFramer()
    case 'json-array':
      return new JsonArrayFramer()
    default:
      return framing satisfies never
  }
}
