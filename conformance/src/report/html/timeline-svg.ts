import type { TimelineEntry } from '../../timeline.ts'
import { markup, type Markup } from './markup.ts'
import { createTimeAxis, type TimeAxis } from './time-axis.ts'
import { layOut, type TimelineLayout, type TimelineMark } from './timeline-marks.ts'
import { markShape } from './mark-shapes.ts'
import { placeLabels } from './timeline-labels.ts'

const GUTTER = 104
const RIGHT = 28
const TOP = 58
const ROW = 46
const BETWEEN = 34
const AXIS = 26
const CAPTION = 30

/** The place of everything in one drawing. */
interface Drawing {
  readonly axis: TimeAxis
  readonly layout: TimelineLayout
  readonly width: number
  readonly height: number
  readonly x: (ms: number) => number
  readonly y: (lane: TimelineEntry['lane'], row: number) => number
  /** Line of the axis, and of the words for what is pointed at. */
  readonly axisY: number
  readonly captionY: number
}

/** Both lanes of a trace, drawn: upstream above, client below, one time for both. Needs no script; marks can be reached by the keyboard. */
export function timelineSvg(timeline: readonly TimelineEntry[], name: string): Markup {
  if (timeline.length === 0) return markup`<p class="quiet">Nothing was played, so nothing is drawn.</p>`
  const drawing = draw(timeline)
  const { width, height, layout } = drawing
  const least = Math.max(720, Math.round(width * 0.82))
  return markup`<div class="drawing" tabindex="0" role="region" aria-label="Timeline of ${name}">
    <svg
      viewBox="0 0 ${width} ${height}"
      style="min-width:${least}px"
      role="group"
      aria-label="Timeline of ${name}: upstream above, client below"
    >
      ${breaks(drawing)}${axisLine(drawing)}${lanes(drawing)}${faults(drawing)}${stalls(drawing)}
      ${layout.marks.map((mark) => markGroup(mark, drawing))}${labels(drawing)}
      <text class="hint" x="${GUTTER}" y="${drawing.captionY}">Point at a mark, or step through them with Tab.</text>
    </svg>
  </div>`
}

function draw(timeline: readonly TimelineEntry[]): Drawing {
  const layout = layOut(timeline)
  const axis = createTimeAxis(timeline.map(({ atMs }) => atMs))
  const { upstream, client } = layout.rows
  const clientTop = TOP + upstream.length * ROW + BETWEEN
  const axisY = clientTop + client.length * ROW + 12
  return {
    axis,
    layout,
    width: GUTTER + axis.width + RIGHT,
    height: axisY + AXIS + CAPTION,
    x: (ms) => GUTTER + axis.x(ms),
    y: (lane, row) => (lane === 'upstream' ? TOP : clientTop) + row * ROW + ROW - 14,
    axisY,
    captionY: axisY + AXIS + 16,
  }
}

function breaks({ axis, axisY }: Drawing): Markup[] {
  return axis.breaks.map(({ from, to, label }) => {
    const [left, right, middle] = [GUTTER + from + 7, GUTTER + to - 7, GUTTER + (from + to) / 2]
    return markup`<g class="break"
      ><rect x="${left}" y="${TOP - 16}" width="${right - left}" height="${axisY - TOP + 16}" rx="5" />
      <path d="M${middle - 7} ${axisY + 5}l4 -10m6 10l4 -10" /><text x="${middle}" y="${TOP - 22}" text-anchor="middle"
        >${label}</text
      ></g
    >`
  })
}

function axisLine({ axis, axisY, width }: Drawing): Markup {
  const ticks = axis.ticks.map(
    ({ x, label }) =>
      markup`<path d="M${GUTTER + x} ${axisY}v5" /><text x="${GUTTER + x}" y="${axisY + 18}" text-anchor="middle"
          >${label}</text
        >`,
  )
  return markup`<g class="axis"
    ><path d="M${GUTTER} ${axisY}H${width - RIGHT}" />${ticks}<text
      x="${GUTTER - 40}"
      y="${axisY + 18}"
      text-anchor="end"
      >ms</text
    ></g
  >`
}

/** A connection's line is strong from its first mark to its last. */
function lanes({ layout, x, y, width }: Drawing): Markup[] {
  return (['upstream', 'client'] as const).flatMap((lane) => {
    const title = markup`<text class="lane ${lane}" x="10" y="${y(lane, 0) - 22}">${lane.toUpperCase()}</text>`
    const lines = layout.rows[lane].map(({ name }, row) => {
      const own = layout.marks.filter((mark) => mark.entry.lane === lane && mark.row === row).map(({ atMs }) => x(atMs))
      const at = y(lane, row)
      const life =
        own.length === 0 ? [] : [markup`<path class="life" d="M${Math.min(...own)} ${at}H${Math.max(...own)}" />`]
      return markup`<path class="base" d="M${GUTTER - 8} ${at}H${width - RIGHT + 8}" />${life}<text
          class="connection"
          x="${GUTTER - 14}"
          y="${at + 4}"
          text-anchor="end"
          >${name}</text
        >`
    })
    return [markup`<g class="${lane}">${title}${lines}</g>`]
  })
}

function faults({ layout, x, axisY }: Drawing): Markup[] {
  return layout.marks
    .filter(({ entry }) => entry.fault === true)
    .map(({ atMs }) => markup`<path class="fault-line" d="M${x(atMs)} ${TOP - 14}V${axisY}" />`)
}

/** A silence that the script keeps: dotted from its begin to the next thing on that connection, or to the end. */
function stalls({ layout, x, y }: Drawing): Markup[] {
  const end = layout.marks.at(-1)?.atMs ?? 0
  return layout.marks.flatMap((mark, index) => {
    const { entry, row, atMs } = mark
    if (entry.kind !== 'stall' && entry.kind !== 'wait') return []
    const next = layout.marks.slice(index + 1).find((other) => other.entry.lane === entry.lane && other.row === row)
    return [
      markup`<path
        class="silence${entry.fault === true ? ' fault' : ''}"
        d="M${x(atMs)} ${y(entry.lane, row)}H${x(next?.atMs ?? end)}"
      />`,
    ]
  })
}

function markGroup({ entry, atMs, row, said }: TimelineMark, { x, y, captionY }: Drawing): Markup {
  const [left, top] = [x(atMs), y(entry.lane, row)]
  const fault = entry.fault === true ? ' fault' : ''
  return markup`<g class="mark ${entry.lane} ${entry.kind}${fault}" tabindex="0"
    ><rect class="hit" x="${left - 5}" y="${top - 26}" />${markShape(entry, left, top)}<text class="caption" x="${GUTTER}" y="${captionY}">${said}</text></g
  >`
}

function labels({ layout, x, y, width }: Drawing): Markup[] {
  const wanted = layout.marks.map(({ entry, atMs, row }) => ({ entry, x: x(atMs), y: y(entry.lane, row) }))
  return placeLabels(wanted, { width, faultY: TOP - 40 }).map(
    ({ text, x: left, y: top, className, anchor }) =>
      markup`<text class="label ${className}" x="${left}" y="${top}" text-anchor="${anchor}">${text}</text>`,
  )
}
