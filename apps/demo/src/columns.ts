import { styleText } from 'node:util'

export type Side = 'left' | 'right'
type Tone = 'title' | 'plain' | 'bad' | 'good'

const STYLES = { title: 'bold', plain: 'reset', bad: 'red', good: 'green' } as const

/** Two columns that grow downwards, so that they read the same on a terminal, in a pipe and in a log. */
export class Columns {
  readonly #out: NodeJS.WriteStream
  readonly #width: number

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
    this.#width = Math.floor((Math.min(out.columns ?? 100, 120) - 3) / 2)
  }

  /** Writes a text into one column; the other stays empty beside it. */
  write(side: Side, text: string, tone: Tone): void {
    for (const line of wrap(text, this.#width)) {
      const styled = this.#style(tone, line)
      const padding = ' '.repeat(this.#width - line.length)
      const empty = ' '.repeat(this.#width)
      this.#out.write(side === 'left' ? `${styled}${padding} │\n` : `${empty} │ ${styled}\n`)
    }
  }

  /** Writes the two titles and a line under them. */
  open(left: string, right: string): void {
    const [one, other] = [left.padEnd(this.#width), right].map((title) => this.#style('title', title))
    this.#out.write(`${one} │ ${other}\n`)
    this.#rule('┼')
  }

  close(): void {
    this.#rule('┴')
  }

  #rule(crossing: string): void {
    this.#out.write(`${'─'.repeat(this.#width)}─${crossing}─${'─'.repeat(this.#width)}\n`)
  }

  /** Colour only on a terminal, and only if nothing in the environment forbids it. */
  #style(tone: Tone, text: string): string {
    return styleText(STYLES[tone], text, { stream: this.#out })
  }
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width))
  }
  return [...lines, line]
}
