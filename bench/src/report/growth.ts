import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { PEERS } from '../peers.ts'
import { scenarioOf } from '../scenarios.ts'
import { number, table } from './format.ts'
import { metricsOf, type MetricId } from './metrics.ts'
import { inLightAndDark, TEXT, WIDTH } from './picture.ts'
import type { Results } from './results.ts'

use([LineChart, GridComponent, LegendComponent, TitleComponent])

/** What a cost is measured against. */
export interface Curve {
  readonly id: string
  readonly title: string
  readonly metric: MetricId
  /** From left to right: what stands below the axis, and the scenario that was measured there. */
  readonly points: readonly (readonly [label: string, scenario: string])[]
}

/** What grows, and what that costs. */
export const CURVES: readonly Curve[] = [
  {
    id: 'growth-streams',
    title: 'Streams at a time',
    metric: 'cpu-per-event',
    points: [
      ['8', 'streams-8'],
      ['64', 'saturated-10'],
      ['512', 'streams-512'],
    ],
  },
  {
    id: 'growth-event-size',
    title: 'Bytes of an event',
    metric: 'cpu-per-gigabyte',
    points: ['180', '1024', '4096', '16384', '65536'].map((size) => [size, `size-${size}`] as const),
  },
  {
    id: 'growth-faults',
    title: 'Share of the streams that the upstream resets',
    metric: 'cpu-per-event',
    points: [
      ['0 %', 'saturated-10'],
      ['1 %', 'faults-1'],
      ['10 %', 'faults-10'],
    ],
  },
  {
    id: 'growth-open',
    title: 'Streams that are open',
    metric: 'rss-per-stream',
    points: [
      ['1,000', 'open-1000'],
      ['5,000', 'open-5000'],
    ],
  },
]

/** Peers with a colour of their own; who has no number at a point has no line there. */
const DRAWN = {
  'node-http': '#5b6b7d',
  'undici-dispatch': '#a0522d',
  nginx: '#8a6d1f',
  'stopbit-node': '#0a7d55',
  'stopbit-edge-node': '#2f6fb7',
}
const HEIGHT = 320

/** How the cost of each peer grows, as a table; `''` if fewer than two points were measured. */
export function growthTable(results: Results, curve: Curve): string {
  const rows = linesOf(results, curve).map(({ title, values }) => [title, ...values.map((value) => number(value))])
  if (rows.length === 0) return ''
  return table(['peer', ...curve.points.map(([label]) => label)], rows)
}

/** The same as a picture. */
export function renderGrowth(results: Results, curve: Curve): string | undefined {
  const lines = linesOf(results, curve)
  if (lines.length === 0) return undefined
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  chart.setOption({
    animation: false,
    title: { text: subjectOf(curve), left: 12, top: 8, textStyle: { color: TEXT, fontSize: 14 } },
    legend: { bottom: 8, textStyle: { color: TEXT } },
    grid: { left: 70, right: 30, top: 48, bottom: 78 },
    xAxis: {
      type: 'category',
      data: curve.points.map(([label]) => label),
      name: curve.title,
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { color: TEXT },
      axisLabel: { color: TEXT },
    },
    yAxis: { type: 'value', min: 0, axisLabel: { color: TEXT }, splitLine: { lineStyle: { opacity: 0.25 } } },
    series: lines.map(({ title, colour, values }) => ({
      type: 'line',
      name: title,
      silent: true,
      symbolSize: 7,
      itemStyle: { color: colour },
      lineStyle: { color: colour, width: 2 },
      data: values.map((value) => value ?? '-'),
    })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return inLightAndDark(svg, `${subjectOf(curve)} by ${curve.title.toLowerCase()}`)
}

/** What is drawn, and in what. */
export function subjectOf({ metric, points }: Curve): string {
  const [, scenario = ''] = points[0] ?? []
  const found = metricsOf(scenarioOf(scenario)).find(({ id }) => id === metric)
  return `${found?.title ?? metric}, ${found?.unit ?? ''}`
}

function linesOf(
  results: Results,
  { metric, points }: Curve,
): readonly { readonly title: string; readonly colour: string; readonly values: readonly (number | undefined)[] }[] {
  return Object.entries(DRAWN).flatMap(([id, colour]) => {
    const values = results.valuesTogether(
      id,
      points.map(([, scenario]) => scenario),
      metric,
    )
    if (values.filter((value) => value !== undefined).length < 2) return []
    return [{ title: PEERS.find((peer) => peer.id === id)?.title ?? id, colour, values }]
  })
}
