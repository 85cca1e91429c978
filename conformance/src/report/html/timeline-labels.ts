import type { TimelineEntry, TimelineKind } from '../../timeline.ts'

/** A text in the drawing that no other covers. */
export interface PlacedLabel {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly className: string
  readonly anchor: 'start' | 'middle' | 'end'
}

interface Wanted {
  readonly entry: TimelineEntry
  readonly x: number
  readonly y: number
}

/** What is told without being pointed at, the most telling first. */
const TOLD: readonly TimelineKind[] = ['end', 'reset', 'close', 'stall', 'head', 'request']
const LETTER = 6.1
const LINE = 13
const MOST_LETTERS = 44

/** Labels the fault at the top, and beside their marks what fits there. What does not fit is left out: the list has it. */
export function placeLabels(
  wanted: readonly Wanted[],
  { width, faultY }: { readonly width: number; readonly faultY: number },
): PlacedLabel[] {
  const placed: (PlacedLabel & { readonly left: number; readonly right: number })[] = []
  const put = (text: string, { x, y, className }: { x: number; y: number; className: string }): void => {
    const length = text.length * LETTER
    const anchor = anchorFor(x, length, width)
    const left = { start: x, middle: x - length / 2, end: x - length }[anchor]
    const right = left + length + 8
    const free = placed.every((other) => Math.abs(other.y - y) >= LINE || right < other.left || other.right < left)
    if (free) placed.push({ text, x, y, className, anchor, left, right })
  }
  const byImportance = wanted
    .filter(({ entry }) => entry.fault !== true && TOLD.includes(entry.kind))
    .toSorted((a, b) => TOLD.indexOf(a.entry.kind) - TOLD.indexOf(b.entry.kind))
  for (const { entry, x } of wanted.filter(({ entry: { fault } }) => fault === true))
    put(`fault: ${short(entry)}`, { x, y: faultY, className: 'fault' })
  for (const { entry, x, y } of byImportance)
    put(short(entry), { x, y: y - 29, className: `${entry.lane} ${entry.kind}` })
  return placed
}

function anchorFor(x: number, length: number, width: number): PlacedLabel['anchor'] {
  if (x + length / 2 > width - 4) return 'end'
  return x - length / 2 < 110 ? 'start' : 'middle'
}

function short({ kind, text }: TimelineEntry): string {
  const whole = text === '' ? kind : text
  return whole.length > MOST_LETTERS ? `${whole.slice(0, MOST_LETTERS - 1)}…` : whole
}
