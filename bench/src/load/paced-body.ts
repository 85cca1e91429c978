import { deltaEvent, OPENING_BYTES, readStamp, stampNow, STAMP_END, STAMP_START } from '../wire/stream-body.ts'
import type { Answers } from './lane.ts'
import type { Tally } from './tally.ts'

/** A stream that does not end. Each of its events says when it was sent; all other bytes are known. */
export class PacedBody implements Answers {
  readonly #eventBytes: number
  readonly #tally: Tally
  readonly #begun: () => void
  readonly #event: Buffer
  #openingLeft = OPENING_BYTES.length
  #status = 200
  #filled = 0
  #sequence = 0
  #hasBegun = false

  /** @param begun is called once, with the first event after the first opening. */
  constructor(eventBytes: number, tally: Tally, begun: () => void) {
    this.#eventBytes = eventBytes
    this.#tally = tally
    this.#begun = begun
    this.#event = Buffer.alloc(eventBytes)
  }

  begin(status: number): void {
    this.#status = status
    if (status !== 200) this.#tally.refuse(status)
    this.#openingLeft = OPENING_BYTES.length
    this.#filled = this.#sequence = 0
  }

  take(bytes: Buffer): void {
    if (this.#status !== 200) return
    this.#tally.counts.bytes += bytes.length
    let at = this.#takeOpening(bytes)
    while (at < bytes.length) {
      const copied = bytes.copy(this.#event, this.#filled, at)
      at += copied
      this.#filled += copied
      if (this.#filled === this.#eventBytes) this.#judge()
    }
  }

  whole(): void {
    if (this.#status === 200) this.#tally.counts.short++
  }

  cut(): void {
    this.#tally.counts.cut++
  }

  #takeOpening(bytes: Buffer): number {
    if (this.#openingLeft === 0) return 0
    const from = OPENING_BYTES.length - this.#openingLeft
    const length = Math.min(bytes.length, this.#openingLeft)
    if (bytes.compare(OPENING_BYTES, from, from + length, 0, length) !== 0) this.#tally.counts.wrong++
    this.#openingLeft -= length
    return length
  }

  #judge(): void {
    const expected = deltaEvent(this.#sequence, this.#eventBytes)
    this.#event.copy(expected, STAMP_START, STAMP_START, STAMP_END)
    if (!this.#event.equals(expected)) this.#tally.counts.wrong++
    this.#tally.latencies.push(stampNow() - readStamp(this.#event))
    this.#sequence++
    this.#filled = 0
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#begun()
  }
}
