import { findInvariant } from '../invariants.ts'
import { traceState, type Cell, type TraceResult } from '../verdict.ts'
import { legalText } from './plain-text.ts'
import type { Paint, Tone } from './printer.ts'
import { PROFILE_WORDS, type Report } from './report.ts'

const STATE: Record<ReturnType<typeof traceState>, readonly [Tone, string]> = {
  green: ['good', 'ok'],
  red: ['bad', 'FAIL'],
  inconclusive: ['doubtful', '????'],
  skipped: ['quiet', 'skip'],
}

/** Of the ids. Longer ones push the rest of their line. */
const WIDTH = 52

const ENDINGS = {
  0: ['good', 'conforming: every MUST of every applicable trace holds'],
  1: ['bad', 'not conforming'],
  2: ['doubtful', 'inconclusive: the harness cannot say'],
} as const

/** One line per trace as it is through, and under it what is not green. */
export function formatTraceLine(result: TraceResult, paint: Paint): string {
  const state = traceState(result)
  const [tone, word] = STATE[state]
  const line = `${paint(tone, word.padEnd(4))}  ${result.trace.padEnd(WIDTH)} ${String(result.durationMs).padStart(6)} ms`
  // What does not apply has one reason, and all its invariants share it.
  if (state === 'skipped')
    return `${line}  ${legalText([...new Set(result.cells.map(({ because }) => because))].join('; '))}`
  const outcomes = [...new Set(result.outcomes)].join(', ')
  const rest = groupAlike(result.cells).map((cells) => `        ${describeCells(cells, paint)}`)
  return [`${line}  ${outcomes}`.trimEnd(), ...rest].join('\n')
}

/** The count of cells by verdict, the broken promises in words, the profiles, and the verdict of the whole. */
export function formatSuite(report: Report, paint: Paint): string {
  const cells = report.traces.flatMap(({ cells: own }) => own.filter(({ notScored }) => notScored === undefined))
  const late = report.traces.flatMap(({ cells: own }) => own).length - cells.length
  const verdicts = [...new Set(cells.map(({ verdict }) => verdict))]
  const counted = verdicts.map((verdict) => `${cells.filter((cell) => cell.verdict === verdict).length} ${verdict}`)
  const failed = [...new Set(cells.filter(({ verdict }) => verdict === 'fail').map(({ invariant }) => invariant))]
  const [tone, text] = ENDINGS[report.exitCode]
  return [
    '',
    counted.join(', '),
    ...(late > 0 ? [`${late} not scored: added after release ${report.suite.release}`] : []),
    ...failed.map((id) => `${paint('bad', id)}: ${findInvariant(id)?.statement ?? ''}`),
    `profiles: ${report.profiles.map(({ name, state }) => `${name} ${PROFILE_WORDS[state]}`).join(', ')}`,
    `claim: ${report.claim.message}`,
    `${report.target}: ${paint(tone, text)}`,
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
    )} ${paint(tone, verdict)}: ${quoted(cell.because ?? '')}${cell.verdict === 'known-failing' ? ` (${quoted(cell.reason)})` : ''}`
}

/** What may be a target's own words: further lines are marked, or they would pass for ours, or for commands to a CI. */
function quoted(text: string): string {
  return legalText(text).replaceAll(/\r\n|\r|\n/g, '\n        | ')
}
