import type { TimelineEntry } from '../../timeline.ts'
import { describeEntry, formatMs } from '../ascii-timeline.ts'
import { wordOf } from '../matrix-table.ts'
import { replayFileName } from '../replay.ts'
import type { Report, ReportCell, ReportTrace } from '../report.ts'
import { markup, type Markup } from './markup.ts'
import { anchorOf, verdictsOf } from './matrix.ts'
import { timelineSvg } from './timeline-svg.ts'

const WORDS = { green: 'ok', red: 'FAIL', inconclusive: '????', skipped: 'n/a' } as const
const CLASSES = { green: 'pass', red: 'fail', inconclusive: 'inconclusive', skipped: 'not-applicable' } as const

/** All of one trace: the drawing and each invariant with its evidence. What is red is open, and has every entry as a list. */
export function traceSection(trace: ReportTrace, index: number, report: Report): Markup {
  if (trace.state === 'skipped') return skippedSection(trace, index)
  const { state, durationMs, outcomes } = trace
  const timeline = withoutControl(trace)
  const isOff = state === 'red' || state === 'inconclusive'
  const ended = [...new Set(outcomes)].join(', ')
  const replay = `stopbit-conformance run --replay ${replayFileName(trace.trace)}`
  const facts = [trace.dialect, trace.family, trace.provenance, ended === '' ? '' : `ended as ${ended}`, reached(trace)]
  return markup`<details
    class="trace"
    data-verdicts="${verdictsOf(trace)}"
    data-trace="${trace.trace}"
    ${isOff ? markup` open` : ''}
  >
    <summary>
      <span class="verdict ${CLASSES[state]}">${WORDS[state]}</span><span class="id">${trace.trace}</span
      ><span class="title">${trace.title}</span><span class="time">${formatMs(durationMs)}</span>
    </summary>
    <div class="body" id="${anchorOf(index)}">
      <p class="facts">
        ${facts.filter((fact) => fact !== '').join(' · ')}${trace.notScored === undefined ? '' : ` · not scored: added after release ${report.suite.release}`}
      </p>
      ${timelineSvg(timeline, trace.trace)}
      ${cellTable(trace, index, report)}
      ${isOff ? markup`<p class="replay">Again, this one alone: <code>${replay}</code></p>` : ''}
      ${isOff ? entryList(trace.timeline ?? []) : ''}
    </div>
  </details>`
}

/** The control request comes after the trace; where it was answered as it must be, it would only take the trace's room. */
function withoutControl({ timeline = [], cells }: ReportTrace): readonly TimelineEntry[] {
  const isAlive = cells.some(({ invariant, verdict }) => invariant === 'ALIVE-1' && verdict === 'pass')
  const begin = timeline.findIndex(({ connection }) => connection === 'control')
  return isAlive && begin > 0 ? timeline.slice(0, begin) : timeline
}

/** All of a trace that does not apply is why. */
function skippedSection(trace: ReportTrace, index: number): Markup {
  return markup`<div
    class="trace skipped"
    id="${anchorOf(index)}"
    data-verdicts="${verdictsOf(trace)}"
    data-trace="${trace.trace}"
  >
    <span class="verdict not-applicable">n/a</span><span class="id">${trace.trace}</span
    ><span class="title">${trace.title}</span>
  </div>`
}

function reached({ upstream: { connections, requests } }: ReportTrace): string {
  const plural = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`
  return `${plural(requests, 'request')} reached the upstream on ${plural(connections, 'connection')}`
}

/** What is to be read comes first and in full; plain passes are one line. */
function cellTable({ cells }: ReportTrace, index: number, report: Report): Markup {
  const isPlain = ({ verdict, because, notScored }: ReportCell): boolean =>
    verdict === 'pass' && because === undefined && notScored === undefined
  const rank = ({ verdict }: ReportCell): number => {
    if (verdict === 'fail' || verdict === 'stale-entry' || verdict === 'flaky') return 0
    return verdict === 'pass' ? 2 : 1
  }
  const told = cells.filter((cell) => !isPlain(cell)).toSorted((a, b) => rank(a) - rank(b))
  const plain = cells.filter(isPlain).map(({ invariant }) => markup`<a href="#${invariant}">${invariant}</a> `)
  const rows = told.map((cell) => cellRow(cell, index, report))
  const table = markup`<table class="cells">
    <thead>
      <tr>
        <th scope="col">invariant</th>
        <th scope="col">verdict</th>
        <th scope="col">what it says, and what was seen</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
  return markup`${rows.length === 0 ? '' : table}${plain.length === 0 ? '' : markup`<p class="plain"><span class="verdict pass">ok</span> ${plain}</p>`}`
}

function cellRow(cell: ReportCell, index: number, { invariants, suite }: Report): Markup {
  const { invariant, verdict, by, because, preempted, reason, source, notScored } = cell
  const statement = invariants.find(({ id }) => id === invariant)?.statement ?? ''
  const remarks = [
    by === undefined ? undefined : `blocked by ${by}`,
    because,
    preempted === true ? 'the target rightly ended the exchange before the fault' : undefined,
    reason === undefined ? undefined : `known to fail: ${reason} (${source})`,
    notScored === undefined ? undefined : `not scored: added after release ${suite.release}`,
  ].filter((remark) => remark !== undefined)
  return markup`<tr id="${anchorOf(index, invariant)}">
    <th scope="row">${invariant}<small>${cell.level}</small></th>
    <td><span class="verdict ${verdict}">${wordOf(verdict)}</span></td>
    <td>${statement}${remarks.map((remark) => markup`<br><strong>${remark}</strong>`)}</td>
  </tr>`
}

function entryList(timeline: readonly TimelineEntry[]): Markup {
  if (timeline.length === 0) return markup``
  const rows = timeline.map(
    (entry) =>
      markup`<tr${entry.fault === true ? markup` class="fault"` : ''}><td>${entry.atMs.toFixed(1)}</td><td>${entry.lane === 'upstream' ? describeEntry(entry) : ''}</td><td>${entry.lane === 'client' ? describeEntry(entry) : ''}</td></tr>
`,
  )
  return markup`<details class="entries">
    <summary>All that happened, as a list (${timeline.length})</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">ms</th>
          <th scope="col">upstream</th>
          <th scope="col">client</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </details>`
}
