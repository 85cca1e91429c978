import { ENDING_POLICIES, type EndingPolicy } from '../src/index.ts'
import type { Random } from './random.ts'
import { CANONICAL_STREAMS } from './streams/all.ts'
import { DIALECT_IDS, type DialectId } from './streams/stream.ts'

/** One made-up stream, cut somewhere. */
export interface FuzzCase {
  readonly dialect: DialectId
  readonly bytes: Uint8Array
  readonly fault: 'body-reset' | undefined
  readonly policy: EndingPolicy
  /** Its lines end now this way, now that. */
  readonly isMixed: boolean
  readonly answerCount: number
}

/** Events that upstreams were seen to send at the wrong time, and some that nobody should. */
const STRAY_EVENTS: readonly (readonly string[])[] = [
  [': comment'],
  [],
  ['id: 7', 'retry: 1000'],
  ['event: ping', 'data: {"type":"ping"}'],
  ['event: ping'],
  ['data:'],
  ['data: [DONE]'],
  ['data: {"broken":'],
  ['data: null'],
  ['data: {"type":', 'data: "split over lines"}'],
  ['event: error', 'data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'],
  ['data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'],
  ['data: {"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}'],
  ['data: {"error":"text"}'],
  ['data: {"object":"error","message":"Overloaded"}'],
  ['event: message_stop', 'data: {"type":"message_stop"}'],
  ['field without a colon', 'data:{"no":"space"}'],
]

const LINE_ENDINGS = ['\n', '\r\n', '\r'] as const

/** Makes up a case: events of real streams, left out, repeated, swapped or mixed with strays, in lines of any ending. */
export function createFuzzCase(random: Random): FuzzCase {
  const dialect = random.pick(DIALECT_IDS)
  const events = linesOf(dialect, random)
  const usual = random.pick(LINE_ENDINGS)
  const isMixed = random.oneIn(5)
  const ending = (): string => (isMixed ? random.pick(LINE_ENDINGS) : usual)
  const text = events.map((lines) => lines.map((line) => line + ending()).join('') + ending()).join('')
  const bytes = new TextEncoder().encode((random.oneIn(10) ? '\uFEFF' : '') + text)
  return {
    dialect,
    bytes: random.oneIn(4) ? bytes : bytes.subarray(0, random.below(bytes.byteLength + 1)),
    fault: random.oneIn(2) ? 'body-reset' : undefined,
    policy: random.pick(ENDING_POLICIES),
    isMixed,
    answerCount: 1 + random.below(2),
  }
}

function linesOf(dialect: DialectId, random: Random): (readonly string[])[] {
  const source = random.pick(CANONICAL_STREAMS[dialect]).events.map(({ lines }) => lines)
  const other = random.pick(CANONICAL_STREAMS[random.pick(DIALECT_IDS)]).events.map(({ lines }) => lines)
  const disorder = random.pick([0, 8, 40])
  if (disorder === 0) return source
  return source.flatMap((lines) => {
    if (!random.oneIn(disorder)) return [lines]
    return random.pick([[], [lines, lines], [random.pick(STRAY_EVENTS), lines], [random.pick(other), lines]])
  })
}

/** Splits bytes into pieces of 0 to `largest` bytes. */
export function splitAtRandom(bytes: Uint8Array, random: Random): Uint8Array[] {
  const largest = random.pick([1, 3, 40, 1000, 100_000])
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength;) {
    const size = random.below(largest + 1)
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}
