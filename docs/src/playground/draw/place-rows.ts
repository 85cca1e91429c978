import { duration } from './words.ts'
import type { Row } from './rows.ts'

/** Longest gap that is drawn without a sign. */
const BREAK_MS = 1_500

const TOP = 22
const ROW = 38
const BREAK = 34

/** A row and where it stands; a silence before it is drawn as a break of its own. */
export interface PlacedRow {
  readonly row: Row
  /** Of its arrows. */
  readonly y: number
  readonly silence: { readonly y: number; readonly text: string } | undefined
}

/** Whether what the proxy decided stands under the arrows of its row; alone it stands in the middle. */
export function hangsBelow({ upstream, client, proxy, heldBytes }: Row): boolean {
  return (upstream !== undefined || client !== undefined) && (proxy !== undefined || heldBytes > 0)
}

/** Places rows under each other. Silence is not to scale: it is broken by a sign that says how long it was. */
export function placeRows(rows: readonly Row[]): { readonly placed: readonly PlacedRow[]; readonly height: number } {
  let y = TOP
  let lastMs = 0
  let hasPillBelow = false
  const placed = rows.map((row): PlacedRow => {
    const gapMs = row.atMs - lastMs
    lastMs = row.untilMs
    const isSilent = gapMs >= BREAK_MS
    if (isSilent && hasPillBelow) y += 10
    const silence = isSilent ? { y: y + BREAK / 2, text: `${duration(gapMs)} of silence` } : undefined
    if (isSilent) y += BREAK
    hasPillBelow = hangsBelow(row)
    y += ROW
    return { row, y: y - 8, silence }
  })
  return { placed, height: y + (hasPillBelow ? 20 : 8) }
}
