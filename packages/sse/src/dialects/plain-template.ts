import { BytePattern } from '../framing/byte-pattern.ts'
import { endOfInteger, endOfString } from '../framing/json-tokens.ts'

/** A place in an event: the content of the string that grows, or of any other string, or an integer. */
export interface Hole {
  readonly kind: 'text' | 'string' | 'integer'
  readonly start: number
  readonly end: number
}

/** How a plain event looks: literal bytes, and between them, one less in number, holes with what may be anything. */
export class PlainTemplate {
  readonly #literals: readonly BytePattern[]
  readonly #holes: readonly Hole['kind'][]

  /** Keeps no view of the unit. */
  constructor(unit: Uint8Array, holes: readonly Hole[]) {
    this.#literals = literalsOf(unit, holes).map((literal) => new BytePattern(literal))
    this.#holes = holes.map(({ kind }) => kind)
  }

  /** Behind the event that begins at `from` and looks like this one, or -1. */
  endOf(view: DataView, from: number, limit: number): number {
    const literals = this.#literals
    const holes = this.#holes
    const first = literals[0]
    if (first === undefined || !first.isAt(view, from, limit)) return -1
    let at = from + first.byteLength
    for (let i = 0; i < holes.length; i++) {
      const hole = holes[i]
      const end = hole === 'integer' ? endOfInteger(view, at, limit) : endOfString(view, at, limit)
      if (end === -1 || (hole === 'text' && end === at)) return -1
      const literal = literals[i + 1]
      if (literal === undefined || !literal.isAt(view, end, limit)) return -1
      at = end + literal.byteLength
    }
    return at
  }
}

/** The bytes in front of, between and behind the holes. */
export function literalsOf(unit: Uint8Array, holes: readonly Hole[]): Uint8Array[] {
  const starts = [0, ...holes.map(({ end }) => end)]
  return starts.map((start, i) => unit.subarray(start, holes[i]?.start))
}
