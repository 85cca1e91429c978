import { element } from './element.ts'
import type { LiveExchange, Status } from './status.ts'
import { PHASES, sayBytes, sayDuration, shortId } from './words.ts'

/** Silence that is worth a look; the gateway tells its operator at the same length unless it is set otherwise. */
const LONG_SILENCE_MS = 15_000

/** Exchanges under way, the oldest first. */
export function liveTable({ live, unlisted, now }: Status): Node[] {
  if (live.length === 0) return [element('p', { class: 'quiet' }, 'No exchange is under way.')]
  const names = ['Exchange', 'Model', 'API', 'Phase', 'Age', 'Silent for', 'Received']
  const head = names.map((name) => element('th', { scope: 'col', class: columnOf(name) }, name))
  const rows = live.map((exchange) => row(exchange, now))
  const more = unlisted === 0 ? undefined : element('p', { class: 'quiet' }, `and ${unlisted} more`)
  const table = element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows))
  return more === undefined ? [table] : [table, more]
}

function row(
  { id, model, dialect, path, phase, startedAt, silentMs, upstreamBytes, attempts }: LiveExchange,
  now: number,
): HTMLElement {
  const [word, meaning] = PHASES[phase]
  const isLong = silentMs !== undefined && silentMs >= LONG_SILENCE_MS
  const tries = attempts > 1 ? `, attempt ${attempts}` : ''
  const silence = silentMs === undefined ? '–' : sayDuration(Math.floor(silentMs / 100) * 100)
  return element(
    'tr',
    { 'data-id': id },
    element('th', { scope: 'row', title: `${id} ${path}` }, element('code', {}, shortId(id))),
    element('td', { class: 'minor' }, model ?? '–'),
    element('td', { class: 'minor' }, dialect),
    element('td', {}, element('span', { class: `phase ${phase}`, title: meaning }, word + tries)),
    element('td', { class: 'number' }, sayDuration(Math.max(0, now - startedAt))),
    element('td', { class: isLong ? 'number long' : 'number' }, isLong ? `⚠ ${silence}` : silence),
    element('td', { class: 'number minor' }, sayBytes(upstreamBytes)),
  )
}

const MINOR: ReadonlySet<string> = new Set(['Model', 'API', 'Received'])
const NUMBERS: ReadonlySet<string> = new Set(['Age', 'Silent for', 'Received'])

function columnOf(name: string): string {
  return `${MINOR.has(name) ? 'minor' : ''} ${NUMBERS.has(name) ? 'number' : ''}`.trim()
}
