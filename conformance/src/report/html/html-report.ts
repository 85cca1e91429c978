import { formatMs } from '../ascii-timeline.ts'
import { PROFILE_WORDS, type Counts, type Report } from '../report.ts'
import { markup, trusted, type Markup } from './markup.ts'
import { FILTERS, matrix, verdictsOf } from './matrix.ts'
import { STYLE } from './style.ts'
import { traceSection } from './trace-section.ts'

const ENDINGS = {
  0: ['pass', 'conforming', 'Every MUST that counts holds.'],
  1: ['fail', 'not conforming', 'A MUST does not hold, or was not tested.'],
  2: ['inconclusive', 'inconclusive', 'The harness cannot say, or nothing applied.'],
} as const

/**
 * A run as one file that needs nothing else: no script, no font, no network, which its content policy holds the browser to. The
 * filters are radio buttons and a style sheet.
 */
export function htmlReport(report: Report): string {
  const { target } = report
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${target}: ${ENDINGS[report.exitCode][1]}</title>
        <style>
          ${trusted(STYLE + filterRules())}
        </style>
      </head>
      <body>
        <main>
          ${header(report)} ${profiles(report)}
          <section>
            <h2>Traces</h2>
            ${filters(report)} ${matrix(report)}
            <p class="legend">
              <b>ok</b> holds · <b>FAIL</b> a MUST does not hold · <b>warn</b> a SHOULD does not hold ·
              <b>blocked</b> another failure explains it · <b>????</b> the fault did not happen as the trace has it ·
              <b>known</b> listed as failing · <b>n/a</b> does not apply · <b>·</b> not part of the trace
            </p>
          </section>
          <section>
            <h2>What happened</h2>
            <p class="legend drawn">
              <i class="up"></i> upstream <i class="down"></i> client <i class="fault"></i> fault. A bar is bytes, sent
              or received; a triangle a request; ✕ a reset; ‖ a close; ◉ the end of the exchange at the client. Grey
              bands are silences that are drawn shorter than they were.
            </p>
            ${sections(report)}
          </section>
          ${invariantList(report)} ${withdrawn(report)}
        </main>
      </body>
    </html>`
  return `${page.source}\n`
}

function header(report: Report): Markup {
  const { manifest, machine, suite, traces, claim } = report
  const [tone, word, sentence] = ENDINGS[report.exitCode]
  const { organization, project, version } = manifest.implementation
  const total = traces.reduce((sum, { durationMs }) => sum + durationMs, 0)
  const versions = Object.entries(Object.assign({}, ...traces.map((trace) => trace.versions)) as Record<string, string>)
  const facts: readonly (readonly [string, string])[] = [
    ['implementation', `${organization} ${project} ${version}`],
    ['runs on', versions.map(([name, number]) => `${name} ${number}`).join(', ')],
    ['suite', `${suite.version}, release ${suite.release ?? 'not frozen'}`],
    ['run', `${traces.length} traces, scale ${report.scale}, ${report.repeat} × each, ${formatMs(total)} of traces`],
    ['machine', `Node ${machine.node}, ${machine.os} ${machine.arch}, ${machine.cpuCount} CPUs`],
    ['date', report.date.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
  ]
  return markup`<header>
    <p class="suite">Stopbit conformance</p>
    <h1>${report.target} <span class="verdict ${tone}">${word}</span></h1>
    <p class="sentence">${sentence}</p>
    <p class="claim ${claim.colour}"><span>claim</span><b>${claim.message}</b></p>
    <dl>
      ${facts
        .filter(([, text]) => text !== '')
        .map(
          ([name, text]) =>
            markup`<div>
              <dt>${name}</dt>
              <dd>${text}</dd>
            </div>`,
        )}
    </dl>
  </header>`
}

function profiles({ profiles: results }: Report): Markup {
  const rows = results.map(
    ({ name, about, state, musts, shoulds }) =>
      markup`<tr>
        <th scope="row">${name}<small>${about}</small></th>
        <td><span class="verdict ${PROFILE_CLASSES[state]}">${PROFILE_WORDS[state]}</span></td>
        <td>${counted(musts)}</td>
        <td>${counted(shoulds)}</td>
      </tr>`,
  )
  return markup`<section>
    <h2>Profiles</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Profiles">
      <table class="profiles">
        <thead>
          <tr>
            <th scope="col">profile</th>
            <th scope="col">verdict</th>
            <th scope="col">MUST</th>
            <th scope="col">SHOULD</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`
}

const PROFILE_CLASSES = {
  green: 'pass',
  'known-failing': 'known-failing',
  red: 'fail',
  inconclusive: 'inconclusive',
  skipped: 'not-applicable',
} as const

function counted(counts: Counts): string {
  return Object.entries(counts)
    .map(([verdict, number]) => `${number} ${verdict}`)
    .join(', ')
}

/** What does not apply has nothing to show, and is folded away at the end. */
function sections(report: Report): Markup {
  const all = report.traces.map((trace, index) => ({ trace, index }))
  const section = ({ trace, index }: (typeof all)[number]): Markup => traceSection(trace, index, report)
  const skipped = all.filter(({ trace }) => trace.state === 'skipped')
  const folded = markup`<details class="folded" data-verdicts="not-applicable">
    <summary>${skipped.length} that do not apply to this target</summary>
    ${skipped.map(section)}
  </details>`
  const played = all.filter(({ trace }) => trace.state !== 'skipped').map(section)
  return markup`${played}${skipped.length === 0 ? '' : folded}`
}

function invariantList({ invariants }: Report): Markup {
  const rows = invariants.map(
    ({ id, level, statement, why, source }) => markup`<tr id="${id}">
      <th scope="row">${id}<small>${level}</small></th>
      <td>${statement} ${why}<br><small>${source}</small></td>
    </tr>`,
  )
  return markup`<section><h2>Invariants</h2><table class="cells"><tbody>${rows}</tbody></table></section>`
}

function withdrawn({ withdrawn: cells }: Report): Markup {
  if (cells.length === 0) return markup``
  return markup`<section><h2>Withdrawn since the release</h2><p>${cells.join(', ')}</p></section>`
}

/** Only what there is can be asked for. */
function filters({ traces }: Report): Markup {
  const verdicts = traces.map((trace) => verdictsOf(trace).split(' '))
  const offered = FILTERS.map(([id, word]) => [id, word, verdicts.filter((own) => own.includes(id)).length] as const)
  const buttons = [['all', 'all', traces.length] as const, ...offered.filter(([, , number]) => number > 0)].map(
    ([id, word, number]) =>
      markup`<label
        ><input type="radio" name="show" id="show-${id}" ${id === 'all' ? markup` checked` : ''} /><span
          >${word} <small>${number}</small></span
        ></label
      >`,
  )
  return markup`<fieldset class="filters">
    <legend>Show traces with a verdict</legend>
    ${buttons}
  </fieldset>`
}

function filterRules(): string {
  return FILTERS.map(
    ([id]) => `body:has(#show-${id}:checked) [data-verdicts]:not([data-verdicts~="${id}"]){display:none}`,
  ).join('\n')
}
