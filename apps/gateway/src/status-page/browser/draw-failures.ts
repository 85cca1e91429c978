import { element, shape } from './element.ts'
import type { Minute } from './status.ts'
import { sayTime } from './words.ts'

const HEIGHT = 150
const BOTTOM = 18
const COLOURS = 8

/** Each cause keeps the colour that it was first seen with; beyond the palette they share the quiet one of clients that left. */
const colours = new Map([['client-gone', 'cause-other']])

function colourOf(cause: string): string {
  const colour = colours.get(cause) ?? (colours.size < COLOURS ? `cause-${colours.size - 1}` : 'cause-other')
  colours.set(cause, colour)
  return colour
}

/** The failures of the last hour: stacked bars by the minute, `width` pixels wide, a legend with sums, and the same as a table. */
export function drawFailures(minutes: readonly Minute[], width: number): Node[] {
  const sums = new Map<string, number>()
  for (const { failed } of minutes) {
    for (const [cause, count] of Object.entries(failed)) sums.set(cause, (sums.get(cause) ?? 0) + count)
  }
  const causes = [...sums].toSorted(([, a], [, b]) => b - a)
  const whole = minutes.reduce((sum, minute) => sum + minute.whole, 0)
  const total = causes.reduce((sum, [, count]) => sum + count, 0)
  if (total === 0) {
    const text = whole === 0 ? 'No exchange ended in the last hour.' : `None of ${whole} exchanges failed.`
    return [element('p', { class: 'quiet' }, text)]
  }
  for (const [cause] of causes) colourOf(cause)
  return [
    drawBars(minutes, width, `${total} of ${total + whole} exchanges failed in the last hour`),
    legend(causes),
    table(minutes, causes),
  ]
}

function drawBars(minutes: readonly Minute[], width: number, summary: string): SVGSVGElement {
  const most = Math.max(...minutes.map((minute) => sumOf(minute)))
  const step = width / minutes.length
  const top = 14
  const scale = (HEIGHT - BOTTOM - top) / most
  const bars = minutes.flatMap((minute, index) => {
    let y = HEIGHT - BOTTOM
    const { startsAt, failed } = minute
    return Object.entries(failed).map(([cause, count]) => {
      y -= count * scale
      const box = { x: index * step + 1, y, width: step - 2, height: Math.max(1, count * scale - 0.5), rx: 1 }
      const title = shape('title', {}, `${sayTime(startsAt).slice(0, 5)}: ${count} × ${cause}`)
      return shape('rect', { ...box, class: colourOf(cause) }, title)
    })
  })
  const label = (x: number, y: number, anchor: string, text: string): SVGTextElement =>
    shape('text', { x, y, 'text-anchor': anchor }, text)
  const at = (index: number): string => sayTime(minutes[index]?.startsAt ?? 0).slice(0, 5)
  return shape(
    'svg',
    {
      width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      class: 'chart',
      role: 'img',
      'aria-label': `${summary}; the table below has the numbers`,
    },
    shape('line', { x1: 0, x2: width, y1: top, y2: top, class: 'grid' }),
    label(0, 10, 'start', `${most} a minute`),
    ...bars,
    shape('line', { x1: 0, x2: width, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM, class: 'axis' }),
    label(0, HEIGHT - 4, 'start', at(0)),
    label(width / 2, HEIGHT - 4, 'middle', at(30)),
    label(width, HEIGHT - 4, 'end', 'now'),
  )
}

function legend(causes: readonly (readonly [string, number])[]): HTMLElement {
  const items = causes.map(([cause, count]) => {
    const key = shape(
      'svg',
      { viewBox: '0 0 10 10', 'aria-hidden': 'true' },
      shape('rect', { width: 10, height: 10, rx: 2, class: colourOf(cause) }),
    )
    return element('li', {}, key, element('span', {}, cause), element('b', {}, String(count)))
  })
  return element('ul', { class: 'legend' }, ...items)
}

function table(minutes: readonly Minute[], causes: readonly (readonly [string, number])[]): HTMLElement {
  const names = causes.map(([cause]) => cause)
  const head = ['Minute', ...names, 'whole'].map((name) => element('th', { scope: 'col' }, name))
  const rows = minutes
    .filter((minute) => sumOf(minute) > 0)
    .toReversed()
    .map(({ startsAt, failed, whole }) => {
      const numbers = [...names.map((name) => failed[name] ?? 0), whole].map((count) =>
        element('td', {}, String(count)),
      )
      return element('tr', {}, element('th', { scope: 'row' }, sayTime(startsAt).slice(0, 5)), ...numbers)
    })
  const whole = element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows))
  const scroll = element(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': 'Failures by minute', tabindex: '0' },
    whole,
  )
  return element('details', {}, element('summary', {}, 'As a table'), scroll)
}

function sumOf({ failed }: Minute): number {
  return Object.values(failed).reduce((sum, count) => sum + count, 0)
}
