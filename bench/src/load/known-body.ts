import type { Answers } from './lane.ts'
import type { Tally } from './tally.ts'

const ERROR_EVENT = Buffer.from('event: error')

/** A body whose bytes are known. Each byte that comes is held against the one that was sent. */
export class KnownBody implements Answers {
  readonly #expected: Buffer
  readonly #isEventStart: (offset: number) => boolean
  readonly #tally: Tally
  #status = 200
  #length = 0
  /** From the start of the event in which the body went another way. */
  #other: Buffer | undefined

  /** @param isEventStart whether an event may start there that was not sent: only where one that was sent starts. */
  constructor(expected: Buffer, isEventStart: (offset: number) => boolean, tally: Tally) {
    this.#expected = expected
    this.#isEventStart = isEventStart
    this.#tally = tally
  }

  begin(status: number): void {
    this.#status = status
    this.#length = 0
    this.#other = undefined
  }

  take(bytes: Buffer): void {
    if (this.#status !== 200) return
    this.#tally.counts.bytes += bytes.length
    const from = this.#length
    const end = from + bytes.length
    if (this.#other !== undefined) this.#other = Buffer.concat([this.#other, bytes])
    else if (end <= this.#expected.length && bytes.compare(this.#expected, from, end) === 0) this.#length = end
    else this.#diverge(bytes)
  }

  whole(): void {
    const { counts } = this.#tally
    if (this.#status !== 200) return this.#tally.refuse(this.#status)
    if (this.#other === undefined) counts[this.#length === this.#expected.length ? 'complete' : 'short']++
    else if (this.#other.subarray(0, ERROR_EVENT.length).equals(ERROR_EVENT)) counts.told++
    else counts.wrong++
  }

  cut(): void {
    this.#tally.counts.cut++
    if (this.#other !== undefined) this.#tally.counts.wrong++
  }

  /** The first bytes of an event look like those of any other, so they may have passed for what was expected. */
  #diverge(bytes: Buffer): void {
    let same = 0
    while (same < bytes.length && bytes[same] === this.#expected[this.#length + same]) same++
    const at = this.#length + same
    let start = at
    while (start > 0 && !this.#isEventStart(start)) start--
    this.#other = Buffer.concat([this.#expected.subarray(start, at), bytes.subarray(same)])
  }
}
