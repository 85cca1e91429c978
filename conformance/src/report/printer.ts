import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

export type Tone = 'good' | 'bad' | 'doubtful' | 'quiet'

/** Colours a text, or leaves it alone. */
export type Paint = (tone: Tone, text: string) => string

export interface Printer {
  readonly line: (text: string) => void
  readonly paint: Paint
}

const COLOURS = { good: 'green', bad: 'red', doubtful: 'yellow', quiet: 'dim' } as const

/** Prints lines to a stream; in colour only when it is a terminal and NO_COLOR is not set. */
export function createPrinter(stream: Pick<WriteStream, 'write' | 'isTTY'>): Printer {
  const colour = stream.isTTY && process.env['NO_COLOR'] === undefined
  return {
    line: (text) => void stream.write(`${text}\n`),
    paint: (tone, text) => (colour ? styleText(COLOURS[tone], text, { validateStream: false }) : text),
  }
}
