import type { TimelineEntry } from '../timeline.ts'
import { oneLine } from './plain-text.ts'

const LANE = 46
const TIME = 10
/** A silence of at least this share of the whole, and so long, gets a line of its own. */
const SILENCE_SHARE = 0.2
const SILENCE_MS = 100

/** Both sides of a trace as two columns, time in the middle; the fault is marked `>>`. Lines end in no blank. */
export function asciiTimeline(timeline: readonly TimelineEntry[]): string {
  const span = (timeline.at(-1)?.atMs ?? 0) - (timeline[0]?.atMs ?? 0)
  const lines = timeline.flatMap((entry, index) => {
    const gap = entry.atMs - (timeline[index - 1]?.atMs ?? entry.atMs)
    const silence = gap >= SILENCE_MS && gap >= span * SILENCE_SHARE
    return [...(silence ? [row('', `· ${formatMs(gap)} ·`, '')] : []), entryRow(entry)]
  })
  return [row('UPSTREAM', 'ms', 'CLIENT'), row('-'.repeat(LANE), '-'.repeat(TIME), '-'.repeat(LANE)), ...lines].join(
    '\n',
  )
}

/** What happened, in one line: `u1 send 139 B: message_start`. */
export function describeEntry({ connection, kind, bytes, text }: TimelineEntry): string {
  const what = [connection, kind, bytes === undefined ? undefined : `${bytes} B`].filter((part) => part !== undefined)
  return text === '' || text === kind ? what.join(' ') : `${what.join(' ')}: ${text}`
}

/** `0.4 ms`, `120 ms`, `19.8 s` */
export function formatMs(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(ms >= 10_000 ? 1 : 2)} s`
  return `${ms >= 10 ? Math.round(ms) : ms.toFixed(1)} ms`
}

function entryRow(entry: TimelineEntry): string {
  const text = `${entry.fault === true ? '>> ' : ''}${describeEntry(entry)}`
  const at = entry.atMs.toFixed(1)
  return entry.lane === 'upstream' ? row(text, at, '') : row('', at, text)
}

function row(upstream: string, time: string, client: string): string {
  return `${fit(upstream)} | ${time.padStart(TIME)} | ${fit(client)}`.trimEnd()
}

/** Cut or filled up to the width of a lane; without anything that would move the cursor. */
function fit(text: string): string {
  const plain = oneLine(text)
  return plain.length > LANE ? `${plain.slice(0, LANE - 1)}…` : plain.padEnd(LANE)
}
