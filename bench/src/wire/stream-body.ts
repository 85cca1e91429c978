import type { Work } from '../scenarios.ts'

/** An Anthropic stream as it is sent. */
export interface StreamBody {
  /** The decoded body, whole. */
  readonly plain: Buffer
  /** Bytes of `plain` that are deltas start here, and each has `eventBytes`. */
  readonly openingBytes: number
  /** The same in HTTP chunks, one per event, cut where one write ends and the next begins. */
  readonly writes: readonly Buffer[]
}

const OPENING =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0","type":"message","role":"assistant",' +
  '"model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"output_tokens":1}}}\n\n' +
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
const CLOSING =
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n' +
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1000}}\n\n' +
  'event: message_stop\ndata: {"type":"message_stop"}\n\n'
const BEFORE =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"'
const AFTER = '"}}\n\n'

const SEQUENCE_DIGITS = 7
const STAMP_DIGITS = 16

/** Where the stamp stands in an event: the time it was sent, in microseconds of the machine's monotonic clock. */
export const STAMP_START: number = BEFORE.length + SEQUENCE_DIGITS + 1
export const STAMP_END: number = STAMP_START + STAMP_DIGITS

/** Events of the same length that differ in their numbers, so that none can be lost or take another's place unseen. */
export function deltaEvent(sequence: number, eventBytes: number, stamp = 0): Buffer {
  const numbers = `${digits(sequence, SEQUENCE_DIGITS)} ${digits(stamp, STAMP_DIGITS)} `
  const filling = Math.max(0, eventBytes - BEFORE.length - numbers.length - AFTER.length)
  return Buffer.from(`${BEFORE}${numbers}${'a'.repeat(filling)}${AFTER}`)
}

/** The time now, as events carry it. */
export function stampNow(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

export function writeStamp(event: Buffer, stamp: number): void {
  event.write(digits(stamp, STAMP_DIGITS), STAMP_START, 'latin1')
}

export function readStamp(event: Buffer): number {
  return Number(event.toString('latin1', STAMP_START, STAMP_END))
}

/** The opening events, before any delta. */
export const OPENING_BYTES: Buffer = Buffer.from(OPENING)

/** One HTTP chunk. */
export function toChunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

/** A whole stream for a saturated window. */
export function buildStream(work: Extract<Work, { kind: 'saturated' }>): StreamBody {
  const deltas = Array.from({ length: work.eventsPerStream }, (_, i) => deltaEvent(i, work.eventBytes))
  const events = [OPENING_BYTES, ...deltas, Buffer.from(CLOSING)]
  const writes: Buffer[] = [toChunk(OPENING_BYTES)]
  for (let at = 0; at < deltas.length; at += work.eventsPerWrite)
    writes.push(Buffer.concat(deltas.slice(at, at + work.eventsPerWrite).map(toChunk)))
  writes.push(Buffer.concat([toChunk(Buffer.from(CLOSING)), Buffer.from('0\r\n\r\n')]))
  return { plain: Buffer.concat(events), openingBytes: OPENING_BYTES.length, writes }
}

/** What clients ask with: the same bytes at both ends. */
export function buildPrompt(promptBytes: number, stream: boolean): Buffer {
  const prompt = (content: string): string =>
    JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 1024, messages: [{ role: 'user', content }], stream })
  return Buffer.from(prompt('a'.repeat(Math.max(0, promptBytes - prompt('').length))))
}

/** The answer to what is not streamed. */
export const JSON_ANSWER: Buffer = Buffer.from(
  JSON.stringify({
    id: 'msg_0',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [{ type: 'text', text: 'a'.repeat(120) }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 25, output_tokens: 30 },
  }),
)

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}
