import { legalText } from './plain-text.ts'
import type { Report, ReportCell, ReportTrace } from './report.ts'

/**
 * JUnit XML: a suite per permutation, a case per invariant. `fail`, `flaky` and `stale-entry` are failures, with the verdict as
 * their type; `inconclusive` and an untested MUST are errors; what does not apply, is blocked, known or not scored is skipped
 * with the reason; a warning is a passed case with a word of its own.
 */
export function junitXml(report: Report): string {
  const { traces } = report
  const head = `<testsuites name="${attribute(`stopbit-conformance ${report.target}`)}" ${totals(traces)}>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${traces.map((trace) => suite(trace, report)).join('')}</testsuites>\n`
}

function suite(trace: ReportTrace, { date, suite: { release } }: Report): string {
  const cases = trace.cells.map((cell) => testCase(trace, cell, release)).join('')
  const when = date.replace(/\.\d+Z$/, '')
  return `  <testsuite name="${attribute(trace.trace)}" timestamp="${when}" ${totals([trace])}>\n${cases}  </testsuite>\n`
}

function testCase({ trace }: ReportTrace, cell: ReportCell, release: string | null): string {
  const open = `    <testcase classname="${attribute(trace)}" name="${attribute(cell.invariant)}"`
  const inner = outcome(cell, release)
  return inner === '' ? `${open}/>\n` : `${open}>${inner}</testcase>\n`
}

function outcome(cell: ReportCell, release: string | null): string {
  const because = cell.because ?? ''
  switch (kindOf(cell)) {
    case 'passed':
      return ''
    case 'warned':
      return `<system-out>${content(`warn: ${because}`)}</system-out>`
    case 'skipped':
      return `<skipped message="${attribute(whySkipped(cell, release))}"/>`
    case 'failed':
      return `<failure type="${cell.verdict}" message="${attribute(because)}">${content(because)}</failure>`
    case 'erred':
      return `<error type="${cell.verdict}" message="${attribute(because)}">${content(because)}</error>`
  }
}

function whySkipped(
  { verdict, because = '', by, reason, source, notScored }: ReportCell,
  release: string | null,
): string {
  if (notScored !== undefined) return `not scored: added after release ${release}; ${verdict}: ${because}`
  if (verdict === 'blocked') return `blocked by ${by}: ${because}`
  if (verdict === 'known-failing') return `known failing: ${because} (${reason}, ${source})`
  return `${verdict}: ${because}`
}

function kindOf({ verdict, level, notScored }: ReportCell): 'passed' | 'warned' | 'skipped' | 'failed' | 'erred' {
  if (verdict === 'pass') return 'passed'
  if (notScored !== undefined) return 'skipped'
  switch (verdict) {
    case 'warn':
      return 'warned'
    case 'fail':
    case 'flaky':
    case 'stale-entry':
      return 'failed'
    case 'inconclusive':
      return 'erred'
    case 'not-tested':
      return level === 'must' ? 'erred' : 'skipped'
    case 'blocked':
    case 'known-failing':
    case 'not-applicable':
      return 'skipped'
  }
}

function totals(traces: readonly ReportTrace[]): string {
  const kinds = traces.flatMap(({ cells }) => cells.map(kindOf))
  const count = (kind: ReturnType<typeof kindOf>): number => kinds.filter((each) => each === kind).length
  const seconds = traces.reduce((total, { durationMs }) => total + durationMs, 0) / 1_000
  return `tests="${kinds.length}" failures="${count('failed')}" errors="${count('erred')}" skipped="${count('skipped')}" time="${seconds.toFixed(3)}"`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

function content(text: string): string {
  return legalText(text).replaceAll(/[&<>\r]/g, (character) => ENTITIES[character] ?? '')
}

/** White space other than a blank would not survive in an attribute. */
function attribute(text: string): string {
  return legalText(text).replaceAll(/[&<>"\t\n\r]/g, (character) => ENTITIES[character] ?? '')
}
