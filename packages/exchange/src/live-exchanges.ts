import type { Fault } from '@stopbit/faults'
import type { Exchange } from './exchange.ts'
import { Roster, type Placed } from './roster.ts'

/**
 * What a closing listener needs to know of an adapter, and may ask of it. An adapter registers itself as this wherever
 * listeners are drained.
 */
export interface Finishable {
  /** How many exchanges are under way. */
  readonly liveCount: number
  /** Resolves when no exchange is under way: at once, or with the end of the last one. */
  idle(): Promise<void>
  /**
   * Ends all exchanges that are under way: at once, truthfully, and each in its own dialect; as a real status where no head
   * is out. Those that come later are not touched.
   *
   * @param fault why. Default `aborted-by-us`: the listener has to close.
   */
  finish(fault?: Fault): void
}

/** An exchange that is under way, or a request that is to become one. */
export interface LiveEntry extends Placed {
  readonly exchange: Pick<Exchange, 'finish'>
}

/** The exchanges of an adapter that are under way. */
export class LiveExchanges implements Finishable {
  readonly #exchanges = new Roster<LiveEntry>()
  #waiting: (() => void)[] = []

  get liveCount(): number {
    return this.#exchanges.size
  }

  /** @returns what `delete` wants. */
  add(exchange: LiveEntry['exchange']): LiveEntry {
    const live = { exchange, place: -1 }
    this.#exchanges.add(live)
    return live
  }

  /** The exchange has settled. */
  delete(live: LiveEntry): void {
    this.#exchanges.delete(live)
    if (this.#exchanges.size > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#exchanges.size === 0) resolve()
      else this.#waiting.push(resolve)
    })
  }

  finish(fault?: Fault): void {
    for (const { exchange } of this.#exchanges.members()) exchange.finish(fault)
  }
}
