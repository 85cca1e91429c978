import type { TimelineEntry } from '../../timeline.ts'
import { describeEntry } from '../ascii-timeline.ts'

/** One thing that is drawn, and said when it is pointed at. */
export interface TimelineMark {
  readonly entry: TimelineEntry
  readonly atMs: number
  /** Which line of its lane, from 0. */
  readonly row: number
  readonly said: string
}

/** A line that is drawn: one connection, or all of a lane where there are too many. */
interface TimelineRow {
  readonly lane: TimelineEntry['lane']
  readonly name: string
}

export interface TimelineLayout {
  readonly marks: readonly TimelineMark[]
  readonly rows: Readonly<Record<TimelineEntry['lane'], readonly TimelineRow[]>>
}

const MOST_ROWS = 5
const MOST_MARKS = 240

/** Gives each entry its line. Of a very long timeline, what came close together is one mark. */
export function layOut(timeline: readonly TimelineEntry[]): TimelineLayout {
  const rows = { upstream: rowsOf('upstream', timeline), client: rowsOf('client', timeline) }
  const marks = thinOut(timeline, rows).map((entry): TimelineMark => {
    const { lane, connection = '' } = entry
    const found = rows[lane].findIndex(({ name }) => name === connection)
    const fault = entry.fault === true ? ', the fault' : ''
    const said = `${entry.atMs.toFixed(1)} ms, ${lane}${fault}: ${describeEntry(entry)}`
    return { entry, atMs: entry.atMs, row: Math.max(0, found), said }
  })
  return { marks, rows }
}

function rowsOf(lane: TimelineEntry['lane'], timeline: readonly TimelineEntry[]): TimelineRow[] {
  const own = timeline.filter((entry) => entry.lane === lane)
  const names = [...new Set(own.flatMap(({ connection }) => connection ?? []))]
  if (names.length === 0) return [{ lane, name: '' }]
  if (names.length > MOST_ROWS) return [{ lane, name: `${names.length} connections` }]
  return names.map((name) => ({ lane, name }))
}

/** Few enough marks to tell apart: in a stretch of time, bytes of one connection are one; where a lane is one line, all of a kind. */
function thinOut(timeline: readonly TimelineEntry[], rows: TimelineLayout['rows']): readonly TimelineEntry[] {
  if (timeline.length <= MOST_MARKS) return timeline
  const stretch = Math.ceil(timeline.length / (MOST_MARKS / 8))
  const merged = new Map<string, readonly [TimelineEntry, ...TimelineEntry[]]>()
  for (const [index, entry] of timeline.entries()) {
    const { lane, connection, kind, bytes } = entry
    const oneLine = !rows[lane].some(({ name }) => name === connection)
    const isMerged = entry.fault === undefined && (oneLine || bytes !== undefined)
    const what = `${Math.floor(index / stretch)} ${lane} ${oneLine ? '' : connection} ${kind}`
    const key = isMerged ? what : `single ${index}`
    merged.set(key, [...(merged.get(key) ?? []), entry] as [TimelineEntry, ...TimelineEntry[]])
  }
  return [...merged.values()].map(sumUp).toSorted((a, b) => a.atMs - b.atMs)
}

function sumUp(entries: readonly [TimelineEntry, ...TimelineEntry[]]): TimelineEntry {
  const [{ connection: _connection, bytes: _bytes, ...first }] = entries
  if (entries.length === 1) return entries[0]
  const connections = [...new Set(entries.map(({ connection }) => connection))]
  const bytes = entries.reduce((total, entry) => total + (entry.bytes ?? 0), 0)
  return {
    ...first,
    ...(connections.length === 1 && connections[0] !== undefined ? { connection: connections[0] } : {}),
    ...(bytes > 0 ? { bytes } : {}),
    text: `${entries.length} times until ${entries.at(-1)?.atMs.toFixed(1)} ms`,
  }
}
