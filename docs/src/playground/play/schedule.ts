/** What a script waits for: a condition, and when it gives up waiting for it. */
export interface Pause {
  readonly isOver: () => boolean
  /** Virtual time at which the wait ends whatever the condition says; `Infinity` for never. */
  readonly until: () => number
}

/** A script as a coroutine: it stops at every pause, and goes on when that is over. */
export type Script = Generator<Pause, void>

/** Something beside the scripts that wants to be woken, such as a proxy's clocks. */
export interface Sleeper {
  readonly wakeTime: number
  wake(): void
}

/** Steps of scripts, and wake-ups, before a play is given up: a proxy that turns in circles must not take the page along. */
const MAX_TURNS = 60_000

/** Plays scripts against each other in virtual time: nothing takes time but what waits. */
export class Schedule {
  now = 0
  readonly #running: { readonly script: Script; pause: Pause | undefined }[] = []
  readonly #sleepers: Sleeper[] = []

  add(script: Script): void {
    this.#running.push({ script, pause: undefined })
  }

  addSleeper(sleeper: Sleeper): void {
    this.#sleepers.push(sleeper)
  }

  after(ms: number): Pause {
    const until = this.now + ms
    return { isOver: () => false, until: () => until }
  }

  /** Plays until nothing can happen any more, or until `untilMs`. */
  run(untilMs: number, isOver: () => boolean): void {
    for (let turn = 0; turn < MAX_TURNS && !isOver(); turn++) {
      if (this.#step()) continue
      const next = Math.min(
        ...this.#running.map(({ pause }) => pause?.until() ?? Infinity),
        ...this.#sleepers.map(({ wakeTime }) => wakeTime),
      )
      if (next === Infinity || next > untilMs) break
      this.now = Math.max(this.now, next)
      for (const sleeper of this.#sleepers) if (sleeper.wakeTime <= this.now) sleeper.wake()
    }
  }

  /** Lets the first script that can go on do so. */
  #step(): boolean {
    const index = this.#running.findIndex(({ pause }) => pause === undefined || this.#isOver(pause))
    const ready = this.#running[index]
    if (ready === undefined) return false
    const { done, value } = ready.script.next()
    if (done === true) this.#running.splice(index, 1)
    else ready.pause = value
    return true
  }

  #isOver(pause: Pause): boolean {
    return pause.isOver() || pause.until() <= this.now
  }
}
