import { asciiTimeline } from './ascii-timeline.ts'
import { wordOf } from './matrix-table.ts'
import { oneLine } from './plain-text.ts'
import { PROFILE_WORDS, type Counts, type Report, type ReportCell, type ReportTrace } from './report.ts'

const ENDINGS = { 0: 'conforming', 1: 'not conforming', 2: 'inconclusive' } as const
/** Failures of one invariant that are drawn; the rest is named. A summary may have 1 MiB in GitHub's CI. */
const DRAWN = 3
const MOST_BYTES = 1_000_000

/** A run as a page for the summary of a CI job: first what failed, in words, then the tables. */
export function summaryMarkdown(report: Report): string {
  const { suite, machine } = report
  const sections = [
    `# ${escapeMarkdown(report.target)}: ${ENDINGS[report.exitCode]}`,
    `Claim: **${escapeMarkdown(report.claim.message)}**`,
    ...failures(report),
    '## Profiles',
    table(
      ['profile', 'verdict', 'MUST', 'SHOULD'],
      report.profiles.map(({ name, state, musts, shoulds }) => [
        name,
        PROFILE_WORDS[state],
        counted(musts),
        counted(shoulds),
      ]),
    ),
    '## Traces',
    table(['trace', 'verdict', 'ended as', 'ms', 'not green'], report.traces.map(traceRow)),
    ...(report.withdrawn.length === 0 ? [] : [`Withdrawn since the release: ${report.withdrawn.join(', ')}.`]),
    `Suite ${suite.version}, release ${suite.release ?? 'not frozen'}; scale ${report.scale}, ${report.repeat} × each; ${report.date}, node ${machine.node} on ${machine.os} ${machine.arch}, ${machine.cpuCount} CPUs.`,
  ]
  const page = `${sections.join('\n\n')}\n`
  const bytes = Buffer.from(page)
  return bytes.length <= MOST_BYTES
    ? page
    : `${bytes.toString('utf8', 0, bytes.lastIndexOf('\n', MOST_BYTES))}\n\nCut here: report.html has all of it.\n`
}

function failures(report: Report): string[] {
  const failing = (trace: ReportTrace, id: string): ReportCell | undefined =>
    trace.cells.find(
      ({ invariant, verdict, notScored }) => invariant === id && verdict === 'fail' && notScored === undefined,
    )
  return report.invariants.flatMap(({ id, level, statement }) => {
    const traces = report.traces.filter((trace) => failing(trace, id) !== undefined)
    if (traces.length === 0) return []
    const shown = traces.slice(0, DRAWN).map((trace) => {
      const because = escapeMarkdown(failing(trace, id)?.because ?? '')
      return `**${escapeMarkdown(trace.trace)}**: ${because}\n\n${fenced(asciiTimeline(trace.timeline ?? []))}`
    })
    const more = traces.slice(DRAWN).map(({ trace }) => escapeMarkdown(trace))
    return [
      `## ${id} does not hold (${level}, ${traces.length} ${traces.length === 1 ? 'trace' : 'traces'})`,
      escapeMarkdown(statement),
      ...shown,
      ...(more.length === 0 ? [] : [`And in ${more.join(', ')}.`]),
    ]
  })
}

function traceRow({ trace, state, notScored, outcomes, durationMs, cells }: ReportTrace): string[] {
  const words = { green: 'ok', red: 'FAIL', inconclusive: '????', skipped: 'n/a' }
  const rest = cells.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'not-applicable')
  return [
    escapeMarkdown(trace),
    notScored === undefined ? words[state] : `not scored (${words[state]})`,
    escapeMarkdown([...new Set(outcomes)].join(', ')),
    String(durationMs),
    escapeMarkdown(
      rest
        .map(({ invariant, verdict, by }) => `${invariant} ${by === undefined ? wordOf(verdict) : `blocked by ${by}`}`)
        .join(', '),
    ),
  ]
}

function counted(counts: Counts): string {
  return Object.entries(counts)
    .map(([verdict, number]) => `${number} ${verdict}`)
    .join(', ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A code block whose fence is longer than any in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

/** Text from a target: one line, and none of it is markup. */
function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|~!#@]/g, (character) => `\\${character}`)
    .replaceAll('://', ':\\//')
}
