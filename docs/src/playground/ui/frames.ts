import type { Side } from '../play/compare.ts'
import { rowsOf, type Row } from '../draw/rows.ts'

/** Times between two frames of the show: silence is told, not sat through. */
const MIN_GAP_MS = 350
const MAX_GAP_MS = 1_500

/** One moment of the show: the rows that appear in it, on each side that has one. */
export interface Frame {
  /** Of the play, in virtual milliseconds. */
  readonly atMs: number
  /** Of the show at speed 1. */
  readonly showMs: number
  readonly rows: { readonly [side in Side['id']]?: Row }
}

/** The show of some sides of a play: what happens at the same time on both is one frame. */
export function framesOf(sides: readonly Side[]): readonly Frame[] {
  const frames: { atMs: number; nth: number; rows: { [side in Side['id']]?: Row } }[] = []
  for (const { id, timeline } of sides) {
    let nth = 0
    let lastMs = -1
    for (const row of rowsOf(timeline.marks)) {
      nth = row.atMs === lastMs ? nth + 1 : 0
      lastMs = row.atMs
      const same = frames.find((frame) => frame.atMs === row.atMs && frame.nth === nth)
      if (same === undefined) frames.push({ atMs: row.atMs, nth, rows: { [id]: row } })
      else same.rows[id] = row
    }
  }
  frames.sort((a, b) => a.atMs - b.atMs || a.nth - b.nth)
  let showMs = 0
  return frames.map(({ atMs, rows }, index) => {
    const gapMs = atMs - (frames[index - 1]?.atMs ?? atMs)
    if (index > 0) showMs += Math.min(MAX_GAP_MS, Math.max(MIN_GAP_MS, gapMs))
    return { atMs, showMs, rows }
  })
}
