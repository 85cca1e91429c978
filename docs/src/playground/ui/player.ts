import type { Frame } from './frames.ts'

/** Plays frames over time. Holds where the show stands, and knows nothing of what is shown. */
export class Player {
  speed = 1
  readonly #onChange: () => void
  #frames: readonly Frame[] = []
  #showMs = 0
  #state: { readonly phase: 'paused' } | { readonly phase: 'playing'; readonly tick: number; readonly lastMs: number } =
    {
      phase: 'paused',
    }

  /** `onChange` is called whenever the show stands elsewhere, starts or stops. */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Loads another show, and shows its end: the whole picture. */
  load(frames: readonly Frame[]): void {
    this.pause()
    this.#frames = frames
    this.seek(this.endMs)
  }

  get endMs(): number {
    return this.#frames.at(-1)?.showMs ?? 0
  }

  get showMs(): number {
    return this.#showMs
  }

  get isPlaying(): boolean {
    return this.#state.phase === 'playing'
  }

  /** The frame that was shown last. */
  get index(): number {
    return this.#frames.findLastIndex(({ showMs }) => showMs <= this.#showMs)
  }

  seek(showMs: number): void {
    this.#showMs = Math.min(this.endMs, Math.max(0, showMs))
    this.#onChange()
  }

  /** Pauses, and goes so many frames on or back. */
  step(frames: 1 | -1): void {
    this.pause()
    const last = this.#frames.length - 1
    this.seek(this.#frames[Math.min(last, Math.max(0, this.index + frames))]?.showMs ?? 0)
  }

  toggle(): void {
    if (this.isPlaying) return this.pause()
    if (this.#showMs >= this.endMs) this.#showMs = 0
    this.#state = { phase: 'playing', tick: this.#next(), lastMs: performance.now() }
    this.#onChange()
  }

  pause(): void {
    if (this.#state.phase === 'paused') return
    cancelAnimationFrame(this.#state.tick)
    this.#state = { phase: 'paused' }
    this.#onChange()
  }

  #next(): number {
    return requestAnimationFrame((nowMs) => this.#tick(nowMs))
  }

  #tick(nowMs: number): void {
    if (this.#state.phase === 'paused') return
    const passedMs = Math.max(0, nowMs - this.#state.lastMs) * this.speed
    this.#state = { phase: 'playing', tick: this.#next(), lastMs: nowMs }
    this.seek(this.#showMs + passedMs)
    if (this.#showMs >= this.endMs) this.pause()
  }
}
