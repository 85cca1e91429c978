import type { MatrixEntry } from '../run-matrix.ts'
import type { Verdict } from '../verdict.ts'
import { tableByInvariant, tableByTrace, wordOf, type MatrixTable } from './matrix-table.ts'
import { oneLine } from './plain-text.ts'

const HEAD = `# Conformance matrix

Made by \`./run conformance matrix --write FILE\`; the site's page is made of the JSON report (\`./run docs:scoreboard own REPORT.json\`).
Every target is a process of its own that stands between the suite's client and its upstream, on real sockets; how it is started is in
\`conformance/targets/\`. A cell is the worst verdict.`

const WORDS = `\`ok\`: every MUST holds. \`warn\`: a SHOULD does not hold. \`known\`: fails, and so does a bare pass-through of that runtime (below). \`n/a\`: the
target does not have what the trace is about (below).`

/** The whole matrix as a page, its tables aligned as the formatter has them. */
export function matrixMarkdown(entries: readonly MatrixEntry[]): string {
  const scale = entries[0]?.result.scale ?? 0
  const sections = [
    HEAD,
    `Scale ${scale}, ${Math.max(...entries.map(({ result }) => result.repeat), 0)} run of each trace, on ${process.platform} ${process.arch}. ${WORDS}`,
    '## Targets',
    markdownTable(['target', 'version', 'on'], entries.map(versionRow)),
    '## By trace',
    verdictTable(tableByTrace(entries)),
    '## By invariant',
    verdictTable(tableByInvariant(entries)),
    ...listSection('## Known to fail', entries, 'known-failing'),
    ...listSection('## Warnings', entries, 'warn'),
    ...listSection('## Not applicable', entries, 'not-applicable'),
    ...listSection('## Not green', entries, 'fail', 'stale-entry', 'flaky', 'inconclusive', 'not-tested'),
  ]
  return `${sections.join('\n\n')}\n`
}

function versionRow({ target, result }: MatrixEntry): string[] {
  const { project, version } = target.manifest.implementation
  const versions = Object.assign({}, ...result.traces.map((trace) => trace.versions)) as Record<string, string>
  // A target that says nothing of itself and is started by `node` runs on the Node of the suite.
  const how = target.manifest.target
  const isNode = Object.keys(versions).length === 0 && 'command' in how && how.command[0] === 'node'
  const runsOn = Object.entries(isNode ? { node: process.versions.node } : versions)
  return [
    target.name,
    inCell(`${project} ${version}`),
    inCell(runsOn.map(([name, number]) => `${name} ${number}`).join(', ')),
  ]
}

/** Rows by name, a word for each verdict. */
export function verdictTable({ corner, columns, rows }: MatrixTable): string {
  return markdownTable(
    [corner, ...columns],
    rows.map(({ name, cells }) => [name, ...cells.map(wordOf)]),
  )
}

/** What is not plain `ok`, by target and reason: what says the same of many traces is one item. */
function listSection(title: string, entries: readonly MatrixEntry[], ...verdicts: Verdict['verdict'][]): string[] {
  const items = new Map<string, { target: string; reason: string; traces: Set<string>; invariants: Set<string> }>()
  for (const { target, result } of entries) {
    for (const { base, cells } of result.traces) {
      for (const cell of cells) {
        if (!verdicts.includes(cell.verdict)) continue
        const reason = reasonOf(cell)
        const key = `${target.name} ${reason}`
        const item = items.get(key) ?? { target: target.name, reason, traces: new Set(), invariants: new Set() }
        items.set(key, item)
        item.traces.add(base)
        item.invariants.add(cell.invariant)
      }
    }
  }
  if (items.size === 0) return []
  const lines = [...items.values()].map(
    ({ target, reason, traces, invariants }) => `- **${target}**, ${some(traces)}: ${some(invariants)}: ${reason}`,
  )
  return [title, lines.join('\n')]
}

const SHOWN = 4

/** All of a few; of many the first and how many more. */
function some(names: ReadonlySet<string>): string {
  const all = [...names]
  return all.length <= SHOWN
    ? all.join(', ')
    : `${all.slice(0, SHOWN - 1).join(', ')} and ${all.length - SHOWN + 1} more`
}

function reasonOf(verdict: Verdict): string {
  const because = firstLine(verdict.because ?? '')
  if (verdict.verdict !== 'known-failing') return `${because}.`
  const { reason, source, bare } = verdict
  return `${because}. ${reason} Source: ${source}. Proof: \`targets/bare/${bare}.json\` fails it too.`
}

/** Aligned as the formatter has it. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, column) => Math.max(3, text.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, at) => text.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** Text of a target for a cell of a table: one line without markup. */
export function inCell(text: string): string {
  return oneLine(text)
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`|]/g, (character) => `\\${character}`)
}

/** The first line of a reason, as code where a Markdown reader would take it for markup. */
export function firstLine(text: string): string {
  const line = oneLine(text.split('\n')[0] ?? '')
  return /[<>*_`|\\]/.test(line) ? `\`${line.replaceAll('`', "'")}\`` : line
}
