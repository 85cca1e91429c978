import { element, shape } from './element.ts'
import type { Spread, Status } from './status.ts'
import { sayDuration } from './words.ts'

const MEASURES: readonly (readonly [keyof Status['latency'], string])[] = [
  ['headers', 'To headers'],
  ['firstData', 'To first data'],
  ['whole', 'To a whole end'],
]

/** Half of the exchanges were done by the dot, 95 of 100 by the end of the line; one scale for all, in powers of ten. */
export function drawLatency(latency: Status['latency']): Node[] {
  const highest = Math.max(1, ...MEASURES.map(([name]) => latency[name].p95 ?? 0))
  const head = [
    element('th', { scope: 'col' }, 'Measure'),
    ...['p50', 'p95', 'of'].map((name) => element('th', { scope: 'col', class: 'number' }, name)),
    element('td', { class: 'wide' }),
  ]
  const rows = MEASURES.map(([name, label]) => {
    const { count, p50, p95 } = latency[name]
    return element(
      'tr',
      { 'data-measure': name },
      element('th', { scope: 'row' }, label),
      element('td', { class: 'number' }, p50 === undefined ? '–' : sayDuration(p50)),
      element('td', { class: 'number' }, p95 === undefined ? '–' : sayDuration(p95)),
      element('td', { class: 'number' }, String(count)),
      element('td', { class: 'wide', 'aria-hidden': 'true' }, drawSpread(latency[name], highest)),
    )
  })
  return [
    element(
      'table',
      { class: 'latency' },
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...rows),
    ),
  ]
}

function drawSpread({ p50, p95 }: Spread, highest: number): SVGSVGElement {
  const at = (ms: number): number => 4 + (112 * Math.log10(1 + ms)) / Math.log10(1 + highest)
  const drawn =
    p50 === undefined || p95 === undefined
      ? []
      : [
          shape('line', { x1: 4, x2: at(p95), y1: 7, y2: 7, class: 'spread' }),
          shape('circle', { cx: at(p50), cy: 7, r: 4, class: 'median' }),
        ]
  return shape('svg', { viewBox: '0 0 120 14', class: 'spread-chart' }, ...drawn)
}
