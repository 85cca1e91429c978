import { element, shape } from './element.ts'
import type { PastExchange } from './status.ts'
import { sayDuration } from './words.ts'

/** One thing that happened in an exchange. */
interface Moment {
  /** After its start. */
  readonly atMs: number
  readonly kind: 'attempt' | 'failed' | 'head' | 'data' | 'sent' | 'stall' | 'end'
  readonly what: string
}

/** What happened in an exchange, in order: as a line with marks, `width` pixels wide, and as a list. */
export function drawTimeline(exchange: PastExchange, width: number): Node[] {
  const moments = momentsOf(exchange)
  const items = moments.map(({ atMs, kind, what }) =>
    element('li', { class: `moment ${kind}` }, element('time', {}, sayDuration(atMs)), element('span', {}, what)),
  )
  return [drawLine(exchange, moments, width), element('ol', { class: 'moments' }, ...items)]
}

function momentsOf(exchange: PastExchange): Moment[] {
  const { attempts, headersMs, firstByteMs, firstDataMs, firstSentMs, told, durationMs, cause } = exchange
  const found: (Moment | undefined)[] = [
    { atMs: 0, kind: 'attempt', what: 'the request came' },
    ...attempts.flatMap(({ startedMs, reused, status, fault, retry, retryDelayMs = 0 }, index): Moment[] => {
      const how = { true: ', on a kept connection', false: ', on a new connection', undefined: '' }[`${reused}`]
      const sent: Moment = { atMs: startedMs, kind: 'attempt', what: `attempt ${index + 1} began${how}` }
      if (retry === undefined) return [sent]
      const next = attempts[index + 1]?.startedMs
      const why = fault ?? (status === undefined ? 'failed' : `status ${status}`)
      const atMs = next === undefined ? startedMs : Math.max(startedMs, next - retryDelayMs)
      return [sent, { atMs, kind: 'failed', what: `attempt ${index + 1}: ${why}; sent again (${retry})` }]
    }),
    mark(
      headersMs,
      'head',
      `the API answered${exchange.upstreamStatus === undefined ? '' : ` with ${exchange.upstreamStatus}`}`,
    ),
    mark(firstByteMs, 'head', 'first byte of the answer'),
    mark(firstDataMs, 'data', 'first model data'),
    mark(firstSentMs, 'sent', 'first byte to the client'),
    ...told.map(({ atMs, silentMs }) =>
      mark(atMs, 'stall', `silent for ${sayDuration(silentMs)}; the operator was told`),
    ),
    { atMs: durationMs, kind: 'end', what: cause === undefined ? 'end' : `end: ${cause}` },
  ]
  return found.filter((moment) => moment !== undefined).toSorted((a, b) => a.atMs - b.atMs)
}

function mark(atMs: number | undefined, kind: Moment['kind'], what: string): Moment | undefined {
  return atMs === undefined ? undefined : { atMs, kind, what }
}

const HEIGHT = 52
const EDGE = 8

function drawLine(
  { durationMs, headersMs, firstDataMs, cause }: PastExchange,
  moments: readonly Moment[],
  width: number,
): SVGSVGElement {
  const x = (ms: number): number => EDGE + ((width - 2 * EDGE) * ms) / Math.max(durationMs, 0.001)
  const part = (from: number, to: number, name: string): SVGElement =>
    shape('rect', { x: x(from), y: 14, width: Math.max(0, x(to) - x(from)), height: 12, class: name })
  const answered = headersMs ?? durationMs
  const data = Math.max(answered, firstDataMs ?? durationMs)
  const marks = moments.map(({ atMs, kind, what }) =>
    shape(
      'circle',
      {
        cx: x(atMs),
        cy: 20,
        r: kind === 'end' || kind === 'failed' ? 6 : 4,
        class: `mark ${kind}${kind === 'end' && cause !== undefined ? ' bad' : ''}`,
      },
      shape('title', {}, `${sayDuration(atMs)}: ${what}`),
    ),
  )
  return shape(
    'svg',
    {
      width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      class: 'timeline',
      role: 'img',
      'aria-label': `Timeline of ${sayDuration(durationMs)}; the list below has the moments`,
    },
    part(0, answered, 'waiting'),
    part(answered, data, 'held'),
    part(data, durationMs, 'flowing'),
    ...marks,
    shape('text', { x: EDGE, y: 46, 'text-anchor': 'start' }, '0'),
    shape('text', { x: width - EDGE, y: 46, 'text-anchor': 'end' }, sayDuration(durationMs)),
  )
}
