import type { Dialect } from '@stopbit/traces'
import { isTruthful, judgeClient, type ClientVerdict } from '../play/judge-client.ts'
import type { Timeline } from '../play/timeline.ts'
import { clientLabel, proxyLabel, upstreamLabel } from './labels.ts'
import { hangsBelow, placeRows, type PlacedRow } from './place-rows.ts'
import { isRequest, rowsOf, type Row } from './rows.ts'
import { duration } from './words.ts'

/** How a timeline is named. */
export interface Drawing {
  /** Names the proxy's lane. */
  readonly proxy: string
  /** What the picture shows, for those who do not see it. */
  readonly label: string
  /** What the client speaks: it decides what an end is worth. */
  readonly dialect: Dialect
}

const WIDTH = 336
const UPSTREAM = 54
const PROXY = 185
const CLIENT = 316

/**
 * Draws a timeline as an SVG, 336 units wide, time from top to bottom. Colours and the state of each row (`data-row`) are left to
 * the page's style sheet. The text of traces is escaped.
 */
export function drawTimeline({ marks, exchanges }: Timeline, { proxy, label, dialect }: Drawing): string {
  const rows = rowsOf(marks)
  const verdicts = exchanges.map(({ answer }) => judgeClient(dialect, answer))
  const { placed, height } = placeRows(rows)
  const lanes = [lane('Upstream', UPSTREAM), lane(proxy, PROXY), lane('Client', CLIENT)]
  const lines = [
    ...lifelines(UPSTREAM, placed, height, ({ upstream }) => endsUpstream(upstream?.kind)),
    ...lifelines(PROXY, placed, height, () => false),
    ...lifelines(CLIENT, placed, height, ({ client }) => endsClient(client?.kind)),
  ]
  return [
    `<svg class="wire" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(label)}">`,
    ...lines,
    ...lanes,
    ...placed.map((one, index) =>
      drawRow(one, index, { before: rows[index - 1], verdict: verdicts[one.row.exchange - 1] ?? 'complete' }),
    ),
    '</svg>',
  ].join('')
}

function lane(name: string, x: number): string {
  const width = Math.min(84, Math.max(58, name.length * 6.4 + 16))
  const left = Math.min(x - width / 2, WIDTH - width - 1)
  return `<g class="lane"><rect x="${left}" y="6" width="${width}" height="24" rx="6"/><text x="${left + width / 2}" y="22">${escapeXml(name)}</text></g>`
}

/** A lane's line: through while it is busy, faint when its side is over. */
function lifelines(x: number, placed: readonly PlacedRow[], height: number, ends: (row: Row) => boolean): string[] {
  const last = placed.findLast(({ row }) => ends(row))
  const stop = last === undefined || x === PROXY ? height - 6 : last.y
  const busy = `<line class="life" x1="${x}" y1="30" x2="${x}" y2="${stop}"/>`
  return stop >= height - 6
    ? [busy]
    : [busy, `<line class="life over" x1="${x}" y1="${stop}" x2="${x}" y2="${height - 6}"/>`]
}

function endsUpstream(kind: string | undefined): boolean {
  return kind === 'end' || kind === 'fin' || kind === 'rst' || kind === 'refused' || kind === 'left'
}

function endsClient(kind: string | undefined): boolean {
  return kind === 'whole' || kind === 'cut' || kind === 'gone'
}

/** What a row's drawing needs to know beyond the row. */
interface Around {
  readonly before: Row | undefined
  /** What the row's exchange came to. */
  readonly verdict: ClientVerdict
}

function drawRow({ row, y, silence }: PlacedRow, index: number, { before, verdict }: Around): string {
  const time = row.atMs !== before?.atMs ? `<text class="time" x="2" y="${y + 3}">${duration(row.atMs)}</text>` : ''
  const body = isRequest(row)
    ? drawRequest(row, y)
    : [drawUpstream(row, y), drawClient(row, y, verdict), drawProxy(row, y)].join('')
  return `<g class="row" data-row="${index}">${silence === undefined ? '' : drawSilence(silence)}${time}${body}</g>`
}

function drawRequest({ client, proxy }: Row, y: number): string {
  if (client?.kind === 'request') {
    const sentOn = proxy?.kind === 'attempt' ? arrow(PROXY, UPSTREAM, y, 'plain') : ''
    return arrow(CLIENT, PROXY, y, 'plain') + sentOn + text((PROXY + CLIENT) / 2, y - 6, 'request')
  }
  const attempt = proxy?.kind === 'attempt' ? `attempt ${proxy.attempt}` : ''
  return arrow(PROXY, UPSTREAM, y, 'plain') + text((UPSTREAM + PROXY) / 2, y - 6, attempt)
}

function drawUpstream(row: Row, y: number): string {
  const { upstream } = row
  if (upstream === undefined) return ''
  const label = text((UPSTREAM + PROXY) / 2, y - 6, upstreamLabel(row), upstream.fault === true ? 'bad' : '')
  if (upstream.kind === 'left') return arrow(PROXY, UPSTREAM, y, 'quiet') + label
  const isBroken = upstream.kind === 'rst' || upstream.kind === 'refused' || upstream.kind === 'silent'
  const line = isBroken
    ? brokenLine(UPSTREAM, PROXY, y)
    : arrow(UPSTREAM, PROXY, y, upstream.fault === true ? 'bad' : 'plain')
  return line + label + (upstream.fault === true ? bolt(UPSTREAM, y) : '')
}

function drawClient(row: Row, y: number, verdict: ClientVerdict): string {
  const { client } = row
  if (client === undefined) return ''
  const middle = (PROXY + CLIENT) / 2
  const label = clientLabel(row, verdict)
  const isTrue = isTruthful(verdict)
  switch (client.kind) {
    case 'whole':
      return (
        arrow(PROXY, CLIENT, y, isTrue ? 'plain' : 'bad') +
        text(middle, y - 6, verdict === 'pretended' ? 'ends as if whole' : label, isTrue ? '' : 'bad') +
        `<rect class="end${isTrue ? '' : ' bad'}" x="${CLIENT - 5}" y="${y - 5}" width="10" height="10" rx="2"/>`
      )
    case 'cut':
    case 'gone':
      return brokenLine(PROXY, CLIENT, y) + text(middle, y - 6, label, 'bad') + cross(CLIENT, y)
    case 'hangs':
      return text(middle, y + 3, label, 'bad') + `<circle class="open" cx="${CLIENT}" cy="${y}" r="5"/>`
    case 'bytes':
      return client.origin === 'proxy' && !client.heartbeat
        ? arrow(PROXY, CLIENT, y, isTrue ? 'own' : 'bad') + badge(middle, y - 10, label, isTrue ? '' : 'bad')
        : arrow(PROXY, CLIENT, y, client.heartbeat ? 'quiet' : 'plain') +
            text(middle, y - 6, label, client.heartbeat ? 'soft' : '')
    default:
      return arrow(PROXY, CLIENT, y, 'plain') + text(middle, y - 6, label)
  }
}

function drawProxy(row: Row, y: number): string {
  const label = proxyLabel(row)
  if (label === '') return `<circle class="node" cx="${PROXY}" cy="${y}" r="2.5"/>`
  const tone = row.proxy?.kind === 'fault' ? 'fault' : 'note'
  const width = label.length * 5.7 + 14
  const top = hangsBelow(row) ? y + 4 : y - 8
  const lead = hangsBelow(row) ? `<circle class="node" cx="${PROXY}" cy="${y}" r="2.5"/>` : ''
  return `${lead}<g class="pill ${tone}"><rect x="${PROXY - width / 2}" y="${top}" width="${width}" height="16" rx="8"/><text x="${PROXY}" y="${top + 11.5}">${escapeXml(label)}</text></g>`
}

function drawSilence({ y, text: said }: { readonly y: number; readonly text: string }): string {
  const width = said.length * 5.6 + 24
  const zigzag = (x: number): string => `<path class="zigzag" d="M${x} ${y - 9}l5 4.5l-10 4.5l10 4.5l-5 4.5"/>`
  return `<g class="silence">${[UPSTREAM, CLIENT].map(zigzag).join('')}<rect x="${PROXY - width / 2}" y="${y - 9}" width="${width}" height="18" rx="9"/><text x="${PROXY}" y="${y + 3.5}">${said}</text></g>`
}

function arrow(from: number, to: number, y: number, tone: string): string {
  const sign = Math.sign(to - from)
  const tip = to - sign * 3
  return `<g class="arrow ${tone}"><line pathLength="1" x1="${from + sign * 3}" y1="${y}" x2="${tip}" y2="${y}"/><path d="M${tip} ${y}l${-sign * 7} -3.6v7.2z"/></g>`
}

function brokenLine(from: number, to: number, y: number): string {
  return `<line class="broken" x1="${from + 8}" y1="${y}" x2="${to - 8}" y2="${y}"/>`
}

function bolt(x: number, y: number): string {
  return `<path class="bolt" d="M${x + 1} ${y - 12}l-8 13h6l-2 11l9 -14h-6z"/>`
}

function cross(x: number, y: number): string {
  return `<path class="cross" d="M${x - 5} ${y - 5}l10 10m0 -10l-10 10"/>`
}

function badge(x: number, y: number, label: string, tone: string): string {
  const width = label.length * 6.1 + 12
  return `<g class="badge ${tone}"><rect x="${x - width / 2}" y="${y - 8}" width="${width}" height="16" rx="4"/><text x="${x}" y="${y + 4}">${escapeXml(label)}</text></g>`
}

function text(x: number, y: number, label: string, tone = ''): string {
  return label === '' ? '' : `<text class="label ${tone}" x="${x}" y="${y}">${escapeXml(label)}</text>`
}

function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
