import { drawTimeline } from './draw-timeline.ts'
import { byId, element } from './element.ts'
import type { PastExchange } from './status.ts'
import { sayBytes, sayDuration, sayEnding, sayTime, shortId } from './words.ts'

const NAMES = ['Time', 'Outcome', 'Model', 'First data', 'Took', 'Exchange']
const MINOR: ReadonlySet<string> = new Set(['Model', 'First data', 'Exchange'])
const NUMBERS: ReadonlySet<string> = new Set(['First data', 'Took'])

/** Rows that are on the page, by the id of their exchange: they never change, so whoever is on one is not moved off it. */
const rows = new Map<string, HTMLElement>()
const head = element('tr', {}, ...NAMES.map((name) => element('th', { scope: 'col', class: columnOf(name) }, name)))
const body = element('tbody', {})
const table = element('table', {}, element('thead', {}, head), body)

/** Shows the past exchanges, or those of them that failed. */
export function showRecent(recent: readonly PastExchange[], which: 'all' | 'failed'): void {
  const wanted = which === 'all' ? recent : recent.filter(({ cause }) => cause !== undefined)
  const place = byId('recent')
  if (wanted.length === 0) {
    const text = which === 'all' ? 'No exchange has ended yet.' : 'None of the recent exchanges failed.'
    place.replaceChildren(element('p', { class: 'quiet' }, text))
    return
  }
  const ids = new Set(wanted.map(({ id }) => id))
  for (const [id, row] of rows) {
    if (ids.has(id)) continue
    row.remove()
    rows.delete(id)
  }
  let next = body.firstElementChild
  for (const exchange of wanted) {
    const known = rows.get(exchange.id)
    if (known !== undefined && known === next) {
      next = next.nextElementSibling
      continue
    }
    const row = known ?? makeRow(exchange)
    rows.set(exchange.id, row)
    body.insertBefore(row, next)
  }
  if (table.parentElement !== place) place.replaceChildren(table)
}

function makeRow(exchange: PastExchange): HTMLElement {
  const { id, startedAt, durationMs, firstDataMs, model, cause } = exchange
  const time = sayTime(startedAt + durationMs)
  const open = element('button', { type: 'button', 'aria-label': `${time}, timeline of exchange ${shortId(id)}` }, time)
  open.addEventListener('click', () => showExchange(exchange))
  const isGone = cause === 'client-gone'
  const outcome =
    cause === undefined
      ? element('span', { class: 'outcome good' }, '✓ whole')
      : element('span', { class: `outcome ${isGone ? 'gone' : 'bad'}` }, `${isGone ? '○' : '✕'} ${cause}`)
  return element(
    'tr',
    { 'data-id': id },
    element('td', {}, open),
    element('th', { scope: 'row' }, outcome),
    element('td', { class: 'minor' }, model ?? '–'),
    element('td', { class: 'number minor' }, firstDataMs === undefined ? '–' : sayDuration(firstDataMs)),
    element('td', { class: 'number' }, sayDuration(durationMs)),
    element('td', { class: 'minor' }, element('code', {}, shortId(id))),
  )
}

function columnOf(name: string): string {
  return `${MINOR.has(name) ? 'minor' : ''} ${NUMBERS.has(name) ? 'number' : ''}`.trim()
}

function showExchange(exchange: PastExchange): void {
  const dialog = byId('exchange') as HTMLDialogElement
  const close = element('button', { type: 'button', class: 'close' }, 'Close')
  close.addEventListener('click', () => dialog.close())
  const facts = factsOf(exchange)
    .filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)])
  const timeline = element('div', {})
  dialog.replaceChildren(
    element(
      'div',
      { class: 'bar' },
      element('h2', { id: 'exchange-title' }, `Exchange ${shortId(exchange.id)}`),
      close,
    ),
    element(
      'p',
      { class: 'lead' },
      `${exchange.cause === undefined ? 'Whole' : exchange.cause}: ${sayEnding(exchange)}.`,
    ),
    exchange.sentence === undefined ? '' : element('p', {}, exchange.sentence),
    timeline,
    element('dl', { class: 'facts' }, ...facts),
  )
  dialog.showModal()
  timeline.replaceChildren(...drawTimeline(exchange, timeline.clientWidth)) // it has a width only now
}

function factsOf(exchange: PastExchange): (readonly [string, string | undefined])[] {
  const { id, method, path, dialect, model, stream, upstreamStatus, status, faultPhase, code, misuse } = exchange
  const { longestSilenceMs, stalls, requestBytes, upstreamBytes, downstreamBytes, events, sentEvents, heartbeats } =
    exchange
  return [
    ['Exchange id', id],
    ['API’s request id', exchange.requestId],
    ['x-request-id', exchange.xRequestId],
    ['Client’s request id', exchange.clientRequestId],
    ['cf-ray', exchange.cfRay],
    ['Request', `${method} ${path}`],
    ['API', `${dialect}${model === undefined ? '' : `, ${model}`}${stream === true ? ', streaming' : ''}`],
    ['Status', `${upstreamStatus ?? 'none'} from the API, ${status ?? 'none'} to the client`],
    ['Fault', faultPhase && `in phase ${faultPhase}${code === undefined ? '' : `, ${code}`}`],
    ['Error of the API', exchange.upstreamError],
    ['To be changed', misuse],
    [
      'Longest silence',
      `${sayDuration(longestSilenceMs)}${stalls === 0 ? '' : `, told ${stalls} ${stalls === 1 ? 'time' : 'times'}`}`,
    ],
    [
      'Bytes',
      `${sayBytes(requestBytes)} request, ${sayBytes(upstreamBytes)} from the API, ${sayBytes(downstreamBytes)} to the client`,
    ],
    ['Events', `${events} from the API, ${sentEvents} to the client, ${heartbeats} heartbeats of the gateway`],
  ]
}
