import { effectiveLimits, type Trace } from '@stopbit/traces'
import { duration, sentence } from '../draw/words.ts'
import { playBoth, type Side } from '../play/compare.ts'
import { FIRST_CHOICE, formatChoice, parseChoice, type Choice } from './choice.ts'
import { toTest } from './copy-as-test.ts'
import { framesOf, type Frame } from './frames.ts'
import { partOf } from './parts.ts'
import { Player } from './player.ts'
import { follow } from './follow.ts'
import { createSideView, type SideView } from './side-view.ts'
import { tellSource } from './tell-source.ts'
import { TracePicker } from './trace-picker.ts'

/** Sentences that are said of one frame and side; a folded row may stand for hundreds. */
const MAX_SAID = 4

/**
 * The playground: plays a trace through the core and through a plain relay in this page, and shows both as a timeline that can be
 * played, stepped and scrubbed. The choice stands in the URL's hash.
 */
class PlaygroundElement extends HTMLElement {
  #choice: Choice = FIRST_CHOICE
  #picker: TracePicker | undefined
  #player: Player | undefined
  #frames: readonly Frame[] = []
  #views: readonly SideView[] = []
  /** Counts loads: one that was overtaken by another shows nothing. */
  #loads = 0

  connectedCallback(): void {
    if (this.#player !== undefined) return
    const motion = matchMedia('(prefers-reduced-motion: reduce)')
    this.#player = new Player(() => this.#show())
    this.#picker = new TracePicker(this, (trace) => this.#choose({ trace }))
    this.#listen(this.#player, motion)
    this.#honour(motion.matches)
    addEventListener('hashchange', () => this.#choose(parseChoice(location.hash)))
    this.#choose(parseChoice(location.hash))
  }

  #listen(player: Player, motion: MediaQueryList): void {
    const on = (name: string, type: 'click' | 'input' | 'change', act: (value: string) => void): void => {
      const part = partOf(this, name, HTMLElement)
      part.addEventListener(type, () => act('value' in part ? String(part.value) : ''))
    }
    on('play', 'click', () => player.toggle())
    on('back', 'click', () => player.step(-1))
    on('on', 'click', () => player.step(1))
    on('scrub', 'input', (value) => {
      player.pause()
      player.seek(Number(value))
    })
    on('speed', 'change', (value) => (player.speed = Number(value)))
    on('ending', 'change', (ending) =>
      this.#choose(parseChoice(formatChoice({ ...this.#choice, ending: ending as Choice['ending'] }))),
    )
    on('show', 'change', (show) =>
      this.#choose(parseChoice(formatChoice({ ...this.#choice, show: show as Choice['show'] }))),
    )
    on('copy-test', 'click', () => void this.#copy(partOf(this, 'test', HTMLElement).textContent ?? '', 'The test'))
    on('copy-link', 'click', () => void this.#copy(location.href, 'The link'))
    partOf(this, 'search', HTMLInputElement).form?.addEventListener('submit', (event) => event.preventDefault())
    this.addEventListener('keydown', (event) => this.#key(event, player))
    motion.addEventListener('change', () => this.#honour(motion.matches))
  }

  /** Space plays and pauses wherever it has no meaning of its own. */
  #key(event: KeyboardEvent, player: Player): void {
    const { target } = event
    const isTaken =
      target instanceof HTMLElement && target.closest('button, select, summary, input:not([type="range"])') !== null
    if (event.key !== ' ' || isTaken || partOf(this, 'play', HTMLButtonElement).hidden) return
    event.preventDefault()
    player.toggle()
  }

  /** With reduced motion nothing moves by itself: there are steps only. */
  #honour(isReduced: boolean): void {
    if (isReduced) this.#player?.pause()
    partOf(this, 'play', HTMLButtonElement).hidden = isReduced
    partOf(this, 'speed', HTMLSelectElement).disabled = isReduced
    partOf(this, 'still', HTMLElement).hidden = !isReduced
  }

  #choose(change: Partial<Choice>): void {
    this.#choice = { ...this.#choice, ...change }
    const load = ++this.#loads
    this.dataset['state'] = 'loading'
    this.#load(load).catch((error: unknown) => this.#fail(load, (error as Error).message))
  }

  async #load(load: number): Promise<void> {
    const picked = await this.#picker?.load(this.#choice.trace)
    if (picked === undefined || load !== this.#loads) return
    this.#picker?.show(picked)
    const trace = picked.chosen
    this.#choice = { ...this.#choice, trace: trace.id }
    const { ending, show } = this.#choice
    partOf(this, 'ending', HTMLSelectElement).value = ending
    partOf(this, 'show', HTMLSelectElement).value = show
    history.replaceState(undefined, '', formatChoice(this.#choice))
    const sides = playBoth(trace, ending).filter(({ id }) => show === 'both' || show === id)
    this.#views = sides.map((side) => createSideView(trace, side))
    partOf(this, 'sides', HTMLElement).replaceChildren(...this.#views.map(({ element }) => element))
    this.#describe(trace, sides)
    this.#frames = framesOf(sides)
    this.#player?.load(this.#frames)
    this.dataset['state'] = 'ready'
  }

  #fail(load: number, message: string): void {
    if (load !== this.#loads) return
    partOf(this, 'title', HTMLElement).textContent = `${message}.`
    partOf(this, 'sides', HTMLElement).replaceChildren()
    this.dataset['state'] = 'failed'
  }

  #describe(trace: Trace, sides: readonly Side[]): void {
    partOf(this, 'title', HTMLElement).textContent = trace.title
    partOf(this, 'id', HTMLElement).textContent = trace.id
    const badge = partOf(this, 'badge', HTMLElement)
    badge.textContent = trace.provenance.kind
    badge.dataset['kind'] = trace.provenance.kind
    const isReplayable = this.#picker?.isReplayable === true
    partOf(this, 'copy-test', HTMLButtonElement).disabled = !isReplayable
    partOf(this, 'test', HTMLElement).textContent = isReplayable
      ? toTest(trace)
      : 'This trace cannot be replayed with MSW.'
    partOf(this, 'source', HTMLElement).replaceChildren(...tellSource(trace, effectiveLimits(trace.limits)))
    const records = sides.flatMap(({ timeline }) => timeline.exchanges.flatMap(({ record }) => record ?? []))
    partOf(this, 'record', HTMLElement).textContent =
      records.length === 0
        ? 'A plain relay leaves none.'
        : records.map((record) => JSON.stringify(record, undefined, 2)).join('\n')
  }

  #show(): void {
    const player = this.#player
    const frame = this.#frames[player?.index ?? -1]
    if (player === undefined || frame === undefined) return
    const shown = this.#frames.slice(0, player.index + 1)
    for (const view of this.#views) {
      const { side } = view
      const count = shown.filter(({ rows }) => rows[side.id] !== undefined).length
      view.show(count - 1, frame.rows[side.id] === undefined ? undefined : count - 1)
    }
    const last = this.#frames.at(-1)
    partOf(this, 'clock', HTMLElement).textContent = `${duration(frame.atMs)} of ${duration(last?.atMs ?? 0)}`
    const scrub = partOf(this, 'scrub', HTMLInputElement)
    scrub.max = String(player.endMs)
    scrub.value = String(player.showMs)
    scrub.ariaValueText = `${duration(frame.atMs)}, step ${player.index + 1} of ${this.#frames.length}`
    partOf(this, 'play', HTMLButtonElement).textContent = player.isPlaying ? 'Pause' : 'Play'
    const now = partOf(this, 'now', HTMLElement)
    now.ariaLive = player.isPlaying ? 'off' : 'polite' // an announcement per moment would never end
    now.textContent = this.#tell(frame)
    if (player.isPlaying) follow(this.#views)
  }

  #tell(frame: Frame): string {
    return this.#views
      .flatMap(({ side }) => {
        const row = frame.rows[side.id]
        if (row === undefined) return []
        const proxy = side.id === 'plain' ? 'The plain relay' : 'Stopbit'
        return side.timeline.marks
          .slice(row.from, Math.min(row.to + 1, row.from + MAX_SAID))
          .map((mark) => sentence(mark, proxy))
      })
      .filter((said, index, all) => all.indexOf(said) === index)
      .join(' ')
  }

  async #copy(text: string, what: string): Promise<void> {
    const copied = partOf(this, 'copied', HTMLElement)
    try {
      await navigator.clipboard.writeText(text)
      copied.textContent = `${what} is on the clipboard.`
    } catch {
      copied.textContent = `The browser does not allow copying. ${what === 'The test' ? 'Open “The test” below' : 'Take the link from the address bar'}.`
    }
  }
}

customElements.define('stopbit-playground', PlaygroundElement)
