import { BarChart } from 'echarts/charts'
import { GridComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { BASE, PEERS } from '../peers.ts'
import type { Scenario } from '../scenarios.ts'
import { number } from './format.ts'
import { metricsOf } from './metrics.ts'
import type { Results } from './results.ts'

use([BarChart, GridComponent, TitleComponent, SVGRenderer])

export const WIDTH = 760
const ROW = 26
const COLOURS = { ours: '#0a7d55', other: '#8a6d1f', bare: '#5b6b7d' }
/** Stands for the text's colour until the picture is written: the chart library knows colours, and no `currentColor`. */
export const TEXT = '#010203'

/**
 * One picture of a scenario: its first metric by peer as a ratio to `node:http`, the least at the top. Not what was measured itself: who
 * was measured in few rounds had another machine than who was in all. `undefined` if there is nothing to compare.
 */
export function renderPicture(results: Results, scenario: Scenario): string | undefined {
  const [metric] = metricsOf(scenario)
  if (metric === undefined) return undefined
  const bars = PEERS.flatMap(({ id, title, kind }) => {
    const value = results.ratio({ peer: id, against: BASE, scenario: scenario.id, metric: metric.id })?.median
    return value === undefined ? [] : [{ title, kind, value }]
  }).sort((a, b) => b.value - a.value)
  if (bars.length === 0) return undefined
  const height = 90 + bars.length * ROW
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  const axis = { axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false } }
  chart.setOption({
    animation: false,
    title: {
      text: scenario.title,
      subtext: `${metric.title}, × node:http and a pipe: less is better`,
      left: 12,
      top: 8,
      textStyle: { color: TEXT, fontSize: 14 },
      subtextStyle: { color: TEXT },
    },
    grid: { left: 260, right: 70, top: 62, bottom: 12 },
    xAxis: { type: 'value', ...axis, axisLabel: { show: false } },
    yAxis: { type: 'category', data: bars.map(({ title }) => title), ...axis, axisLabel: { color: TEXT } },
    series: [
      {
        type: 'bar',
        barWidth: 14,
        silent: true,
        data: bars.map(({ value, kind }) => ({ value, itemStyle: { color: COLOURS[kind] } })),
        label: {
          show: true,
          position: 'right',
          color: TEXT,
          formatter: ({ value }: { value: unknown }) => `${number(Number(value))} ×`,
        },
      },
    ],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return inLightAndDark(svg, scenario.title)
}

/** With a ground of its own, so that it can be read wherever it is shown. */
export function inLightAndDark(svg: string, title: string): string {
  const style =
    '<style>text{font:12px sans-serif;fill:currentColor;dominant-baseline:central}svg{color:#1c2430}.ground{fill:#fff}@media (prefers-color-scheme:dark){svg{color:#dfe5ec}.ground{fill:#16191f}}</style>'
  const ground = '<rect class="ground" width="100%" height="100%" rx="8"/>'
  return (
    svg
      .replaceAll(TEXT, 'currentColor')
      // Said once above, and not with each of forty texts.
      .replaceAll(' style="font-size:12px;font-family:sans-serif;"', '')
      .replaceAll(/(<text[^>]*) fill="currentColor"/g, '$1')
      .replaceAll(/(<text[^>]*?) dominant-baseline="central"/g, '$1')
      .replaceAll(' xml:space="preserve"', '')
      .replaceAll(/ (?:d|transform|x|y|width|height)="[^"]*"/g, (place) => place.replaceAll(/(\d+\.\d)\d+/g, '$1'))
      .replace(/<rect[^>]*fill="(?:none|transparent|#fff)"[^>]*><\/rect>/, '')
      .replace(/^(<svg[^>]*)>/, `$1 role="img"><title>${title}</title>${style}${ground}`)
  )
}
