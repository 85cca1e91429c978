import type { WriteStream } from 'node:tty'
import type { Paint, Tone } from './printer.ts'

/** A line of the view. It is cut to the width of the terminal. */
export interface LiveLine {
  readonly text: string
  readonly tone?: Tone
}

export type LiveStream = Pick<WriteStream, 'write'> & { readonly columns?: number }

const ESCAPE = '\u001B['
const HIDE_CURSOR = `${ESCAPE}?25l`
const SHOW_CURSOR = `${ESCAPE}?25h`
/** The terminal shows what is between the two at once; one that does not know them leaves them out. */
const BEGIN_UPDATE = `${ESCAPE}?2026h`
const END_UPDATE = `${ESCAPE}?2026l`
const CLEAR_LINE = `${ESCAPE}K`
const CLEAR_BELOW = `${ESCAPE}J`

/** A terminal that nobody told its size says 0. */
const UNKNOWN_COLUMNS = 80

/** Some lines at the foot of a terminal that are written over in place. The cursor comes back with `stop()`, and when the process ends. */
export class LiveView {
  readonly #stream: LiveStream
  readonly #paint: Paint
  #shown = 0
  #state: 'idle' | 'live' = 'idle'

  constructor(stream: LiveStream, paint: Paint) {
    this.#stream = stream
    this.#paint = paint
  }

  /** Shows these lines in the place of those before. */
  draw(lines: readonly LiveLine[]): void {
    this.#write('', lines)
  }

  /** Puts a text above the lines, where it stays. */
  print(text: string, lines: readonly LiveLine[]): void {
    this.#write(text, lines)
  }

  /** Takes the lines away. A later `draw()` begins anew. */
  stop = (): void => {
    if (this.#state === 'idle') return
    process.off('exit', this.stop)
    this.#stream.write(`${this.#toTop()}${CLEAR_BELOW}${SHOW_CURSOR}`)
    this.#shown = 0
    this.#state = 'idle'
  }

  #write(text: string, lines: readonly LiveLine[]): void {
    const begin = this.#state === 'idle' ? HIDE_CURSOR : ''
    if (this.#state === 'idle') process.once('exit', this.stop)
    this.#state = 'live'
    // One column stays free: a full line would wrap, and then be two.
    const { columns = 0 } = this.#stream
    const width = Math.max(10, (columns > 0 ? columns : UNKNOWN_COLUMNS) - 1)
    const above = text === '' ? '' : `${text.replaceAll('\n', `${CLEAR_LINE}\n`)}${CLEAR_LINE}\n`
    const block = lines.map(({ text: line, tone }) => {
      const cut = line.length > width ? `${line.slice(0, width - 1)}…` : line
      return `${tone === undefined ? cut : this.#paint(tone, cut)}${CLEAR_LINE}\n`
    })
    this.#stream.write(`${begin}${BEGIN_UPDATE}${this.#toTop()}${above}${block.join('')}${CLEAR_BELOW}${END_UPDATE}`)
    this.#shown = lines.length
  }

  #toTop(): string {
    return this.#shown === 0 ? '\r' : `\r${ESCAPE}${this.#shown}A`
  }
}
