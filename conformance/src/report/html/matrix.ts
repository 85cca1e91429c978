import { worstVerdict, type Cell } from '../../verdict.ts'
import { wordOf } from '../matrix-table.ts'
import type { Report, ReportCell, ReportTrace } from '../report.ts'
import { markup, type Markup } from './markup.ts'

/** What a filter of the page looks for in `data-verdicts`, in the order in which they are offered. */
export const FILTERS: readonly (readonly [verdict: string, word: string])[] = [
  ['fail', 'failed'],
  ['stale-entry', 'stale'],
  ['flaky', 'flaky'],
  ['blocked', 'blocked'],
  ['inconclusive', 'inconclusive'],
  ['not-tested', 'not tested'],
  ['known-failing', 'known to fail'],
  ['warn', 'warned'],
  ['not-applicable', 'not applicable'],
  ['all-ok', 'all ok'],
]

/** The verdicts of a trace, for the filters: `all-ok` where nothing else is to be told. */
export function verdictsOf({ cells, state }: ReportTrace): string {
  const others = new Set(cells.map(({ verdict }) => verdict).filter((verdict) => verdict !== 'pass'))
  return [...others, ...(state === 'green' && others.size === 0 ? ['all-ok'] : [])].join(' ')
}

/** Id of a trace's section, and of one invariant in it. */
export function anchorOf(index: number, invariant?: string): string {
  return `trace-${index}${invariant === undefined ? '' : `-${invariant}`}`
}

/** Trace × invariant. Every cell says its verdict in a word; what is no pass leads to its reason. */
export function matrix({ traces, invariants }: Report): Markup {
  const ids = invariants.map(({ id }) => id)
  const groups = [...new Set(traces.map(groupOf))]
  const heads = invariants.map(
    ({ id, level, statement }) =>
      markup`<th scope="col" class="${level}">
        <abbr title="${level}: ${statement}"><span>${id}</span></abbr>
      </th>`,
  )
  const bodies = groups.map((group) => {
    const own = traces.map((trace, index) => ({ trace, index })).filter(({ trace }) => groupOf(trace) === group)
    const verdicts = [...new Set(own.flatMap(({ trace }) => verdictsOf(trace).split(' ')))].join(' ')
    return markup`<tbody data-verdicts="${verdicts}">
      <tr class="group">
        <th scope="rowgroup" colspan="${ids.length + 1}"><span>${group}</span></th>
      </tr>
      ${own.map(({ trace, index }) => row(trace, index, ids))}
    </tbody>`
  })
  return markup`<div class="matrix" tabindex="0" role="region" aria-label="Matrix of trace and invariant">
    <table>
      <thead>
        <tr>
          <th scope="col" class="corner">trace</th>
          ${heads}
        </tr>
      </thead>
      ${bodies}
    </table>
  </div>`
}

function groupOf({ trace }: ReportTrace): string {
  return trace.split('/')[0] ?? ''
}

function row(trace: ReportTrace, index: number, ids: readonly string[]): Markup {
  const slug = trace.trace.split('/').slice(1).join('/')
  const passed = trace.cells.filter(({ verdict }) => verdict === 'pass').length
  const note = trace.notScored === undefined ? [] : [markup` <small>not scored</small>`]
  const worst = worstVerdict(trace.cells as readonly Cell[]) ?? 'not-tested'
  const cells = ids.map((id) => {
    const found = trace.cells.find(({ invariant }) => invariant === id)
    return cell(found, index, id)
  })
  return markup`<tr data-verdicts="${verdictsOf(trace)}" data-trace="${trace.trace}">
    <th scope="row">
      <a href="#${anchorOf(index)}" title="${trace.title}" class="worst ${worst}">${slug}</a>${note}<span class="passed"
        >${passed} ok</span
      >
    </th>
    ${trace.state === 'skipped' ? whySkipped(trace, ids.length) : cells}
  </tr>`
}

function whySkipped({ cells }: ReportTrace, columns: number): Markup {
  const [why, ...others] = new Set(cells.map(({ because = '' }) => because))
  return markup`<td class="not-applicable skipped" colspan="${columns}">n/a: ${why ?? ''}${others.length === 0 ? '' : ', and other reasons'}</td>`
}

function cell(found: ReportCell | undefined, index: number, id: string): Markup {
  if (found === undefined) return markup`<td class="absent">·</td>`
  const { verdict, notScored } = found
  const word = wordOf(verdict)
  if (verdict === 'pass') return markup`<td class="pass" data-id="${id}">${word}</td>`
  const late = notScored === undefined ? '' : ' late'
  return markup`<td class="${verdict}${late}" data-id="${id}"><a href="#${anchorOf(index, id)}">${word}</a></td>`
}
