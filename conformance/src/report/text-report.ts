import { findInvariant } from '../invariants.ts'
import { countCells, exitCodeOf, traceState, type Cell, type SuiteResult, type TraceResult } from '../verdict.ts'
import type { Paint, Tone } from './printer.ts'

const STATE: Record<ReturnType<typeof traceState>, readonly [Tone, string]> = {
  green: ['good', 'ok'],
  red: ['bad', 'FAIL'],
  inconclusive: ['doubtful', '????'],
  skipped: ['quiet', 'skip'],
}

const ENDINGS = {
  0: ['good', 'conforming: every MUST of every applicable trace holds'],
  1: ['bad', 'not conforming'],
  2: ['doubtful', 'inconclusive: the harness cannot say'],
} as const

/** One line per trace as it is through, and under it what is not green. */
export function formatTraceLine(result: TraceResult, paint: Paint): string {
  const [tone, word] = STATE[traceState(result)]
  const outcomes = [...new Set(result.outcomes)].join(', ')
  const line = `${paint(tone, word.padEnd(4))}  ${result.trace.padEnd(36)} ${String(result.durationMs).padStart(6)} ms  ${outcomes}`
  return [line, ...groupAlike(result.cells).map((cells) => `        ${describeCells(cells, paint)}`)].join('\n')
}

/** The count of cells by verdict, the broken promises in words, and the verdict of the whole. */
export function formatSuite(result: SuiteResult, paint: Paint): string {
  const cells = result.traces.flatMap(({ cells: own }) => own)
  const verdicts = [...new Set(cells.map(({ verdict }) => verdict))]
  const failed = [...new Set(cells.filter(({ verdict }) => verdict === 'fail').map(({ invariant }) => invariant))]
  const [tone, text] = ENDINGS[exitCodeOf(result)]
  return [
    '',
    verdicts.map((verdict) => `${countCells(result, verdict)} ${verdict}`).join(', '),
    ...failed.map((id) => `${paint('bad', id)}: ${findInvariant(id)?.statement ?? ''}`),
    `${result.target}: ${paint(tone, text)}`,
  ].join('\n')
}

/** What is not green, the cells that say the same in one group. */
function groupAlike(cells: readonly Cell[]): Cell[][] {
  const groups = new Map<string, Cell[]>()
  for (const cell of cells) {
    if (cell.verdict === 'pass') continue
    const key = JSON.stringify({ ...cell, invariant: '', level: '' })
    groups.set(key, [...(groups.get(key) ?? []), cell])
  }
  return [...groups.values()]
}

function describeCells(cells: readonly Cell[], paint: Paint): string {
  const [cell] = cells
  if (cell === undefined) return ''
  const tone = ['fail', 'flaky', 'stale-entry'].includes(cell.verdict) ? 'bad' : 'doubtful'
  const verdict = cell.verdict === 'blocked' ? `blocked by ${cell.by}` : cell.verdict
  return `${cells
    .map(({ invariant }) => invariant)
    .join(' ')
    .padEnd(
      9,
    )} ${paint(tone, verdict)}: ${cell.because ?? ''}${cell.verdict === 'known-failing' ? ` (${cell.reason})` : ''}`
}
