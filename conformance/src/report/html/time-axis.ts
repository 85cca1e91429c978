import { formatMs } from '../ascii-timeline.ts'

/** Times laid out from left to right, so that 100 ms can be read beside 20 s of silence. */
export interface TimeAxis {
  /** Place of a time, in pixels. Between two known times it is linear. */
  readonly x: (ms: number) => number
  readonly width: number
  readonly ticks: readonly { readonly x: number; readonly label: string }[]
  /** Silences that are drawn shorter than they were. */
  readonly breaks: readonly { readonly from: number; readonly to: number; readonly label: string }[]
}

const LEAST_WIDTH = 860
/** Two things that happened one after the other stay apart. */
const LEAST_GAP = 8
const BREAK_WIDTH = 64
/** Nothing shorter is worth a break, nor a smaller part of the whole. */
const BREAK_MS = 40
const BREAK_SHARE = 0.12
/** A silence is broken when it is so many times as long as all that is shorter. */
const BREAK_FACTOR = 4
const TICK_SPACE = 56

/** Makes an axis for these times. Linear but for silences that dwarf the rest, and for what would touch. */
export function createTimeAxis(times: readonly number[]): TimeAxis {
  const stops = [...new Set(times)].toSorted((a, b) => a - b)
  const gaps = stops.slice(1).map((time, index) => time - (stops[index] ?? 0))
  const limit = breakLimit(gaps)
  const linear = gaps.filter((gap) => gap < limit)
  const breakCount = gaps.length - linear.length
  const room = Math.max(LEAST_WIDTH - breakCount * BREAK_WIDTH, linear.length * LEAST_GAP)
  const scale = fitScale(linear, room)
  const places = [0]
  for (const gap of gaps)
    places.push((places.at(-1) ?? 0) + (gap < limit ? Math.max(LEAST_GAP, gap * scale) : BREAK_WIDTH))
  const x = (ms: number): number => interpolate(stops, places, ms)
  return {
    x,
    width: places.at(-1) ?? 0,
    ticks: ticksOf(stretches(stops, limit), x),
    breaks: gaps.flatMap((gap, index) =>
      gap < limit ? [] : [{ from: places[index] ?? 0, to: places[index + 1] ?? 0, label: formatMs(gap) }],
    ),
  }
}

/** The shortest silence that is so much longer than all shorter ones together; infinite where there is none. */
function breakLimit(gaps: readonly number[]): number {
  const sorted = gaps.toSorted((a, b) => a - b)
  const least = Math.max(BREAK_MS, BREAK_SHARE * gaps.reduce((total, gap) => total + gap, 0))
  let shorter = 0
  for (const gap of sorted) {
    if (gap >= least && shorter > 0 && gap > shorter * BREAK_FACTOR) return gap
    shorter += gap
  }
  return Number.POSITIVE_INFINITY
}

/** Pixels per millisecond, so that all gaps fill the room although none is narrower than the least. By halving. */
function fitScale(gaps: readonly number[], room: number): number {
  let low = 0
  let high = room / Math.max(0.001, Math.min(...gaps.filter((gap) => gap > 0), Number.MAX_VALUE))
  for (let round = 0; round < 50; round += 1) {
    const middle = (low + high) / 2
    const taken = gaps.reduce((total, gap) => total + Math.max(LEAST_GAP, gap * middle), 0)
    if (taken > room) high = middle
    else low = middle
  }
  return low
}

function interpolate(stops: readonly number[], places: readonly number[], ms: number): number {
  const after = stops.findIndex((stop) => stop >= ms)
  if (after === -1) return places.at(-1) ?? 0
  if (after === 0) return places[0] ?? 0
  const [from = 0, to = 0] = [stops[after - 1], stops[after]]
  const [left = 0, right = 0] = [places[after - 1], places[after]]
  return left + ((ms - from) / (to - from)) * (right - left)
}

/** From where to where time runs without a break. */
function stretches(stops: readonly number[], limit: number): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = []
  for (const [index, stop] of stops.entries()) {
    const last = found.at(-1)
    if (last === undefined || stop - (stops[index - 1] ?? stop) >= limit) found.push({ from: stop, to: stop })
    else last.to = stop
  }
  return found
}

function ticksOf(parts: readonly { from: number; to: number }[], x: (ms: number) => number): TimeAxis['ticks'] {
  const ticks: { x: number; label: string }[] = []
  for (const { from, to } of parts) {
    const step = niceStep((to - from) / Math.max(1, (x(to) - x(from)) / TICK_SPACE))
    const steps = Math.min(200, Math.floor(to / step) - Math.ceil(from / step) + 1)
    const nice = Array.from({ length: Math.max(0, steps) }, (_, index) => (Math.ceil(from / step) + index) * step)
    for (const ms of [from, ...nice.filter((time) => time > from)]) {
      const place = x(ms)
      const free = place - (ticks.at(-1)?.x ?? Number.NEGATIVE_INFINITY) >= TICK_SPACE
      if (free || ms === from) ticks.push({ x: place, label: tickLabel(ms, step) })
    }
  }
  return ticks
}

/** 1, 2 or 5 times a power of ten, and not below the given one. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 0.1)))
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power
}

function tickLabel(ms: number, step: number): string {
  return step < 1 ? ms.toFixed(1) : String(Math.round(ms))
}
