import { effectiveLimits, type Trace } from '@stopbit/traces'
import type { Side } from '../play/compare.ts'
import { VERDICT_TEXTS } from '../play/judge-client.ts'
import { drawTimeline } from './draw-timeline.ts'
import { duration, sentence } from './words.ts'

/** Longest list of what happened; a body of single bytes would be thousands. */
const MAX_SENTENCES = 80

/** The picture of one side. */
export function drawSide({ title, dialect }: Trace, { name, timeline, verdict }: Side): string {
  const label = `${title}. Through ${name === 'Stopbit' ? name : 'a plain relay'}: ${VERDICT_TEXTS[verdict]}`
  return drawTimeline(timeline, { proxy: name, label, dialect })
}

/** The same in words, one line per thing that happened. */
export function tellSide({ name, timeline: { marks } }: Side): readonly string[] {
  const proxy = name === 'Stopbit' ? name : 'The relay'
  const told = marks.slice(0, MAX_SENTENCES).map((mark) => `${duration(mark.atMs)}: ${sentence(mark, proxy)}`)
  const rest = marks.length - told.length
  return rest > 0 ? [...told, `And ${rest} more of the same kind.`] : told
}

/** The clocks that ended a stream, as one sentence: `The suite's limits: idle 45 s.` Undefined when none did. */
export function tellClocks({ limits: own }: Trace, sides: readonly Side[]): string | undefined {
  const marks = sides.flatMap(({ timeline }) => timeline.marks)
  const names = new Set(
    marks.flatMap((mark) => (mark.kind === 'fault' && mark.limit !== undefined ? [mark.limit] : [])),
  )
  if (names.size === 0) return undefined
  const limits = effectiveLimits(own)
  const told = [...names].map((name) => `${name.replace(/TimeoutMs$/, '')} ${duration(limits[name] ?? 0)}`)
  const isOwn = [...names].some((name) => own?.[name] !== undefined)
  return `The ${isOwn ? 'trace' : 'suite'}'s limits: ${told.join(', ')}.`
}
