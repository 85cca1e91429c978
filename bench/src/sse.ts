import { createFinalizer, DIALECTS, type Dialect } from '@stopbit/sse'
import { createParser } from 'eventsource-parser'
import { do_not_optimize, measure } from 'mitata'

/**
 * What it costs to follow a stream, beside a bare parse by eventsource-parser and a bare search for blank lines, all in one
 * run. Ratios count: the numbers are this machine's on this day.
 *
 * `--check` exits with 1 where a ratio is missed: 1.0 x eventsource-parser at one event per chunk, 2.0 x at 64 KiB chunks,
 * and 2.0 x the cost per byte of a 1 MiB event for one of 8 MiB.
 */
const EVENT_COUNT = 5_000
const MIN_TIME_MS = 400

interface Stream {
  readonly name: string
  readonly dialectId: string
  readonly opening: string
  readonly delta: string
}

const STREAMS: readonly Stream[] = [
  {
    name: 'Anthropic Messages',
    dialectId: 'anthropic-messages',
    opening:
      'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0"}}\n\n' +
      'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
    delta: padded(
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"',
      '"}}\n\n',
    ),
  },
  {
    name: 'OpenAI Responses',
    dialectId: 'openai-responses',
    opening:
      'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_0"}}\n\n',
    delta: padded(
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":7,"item_id":"m","delta":"',
      '"}\n\n',
    ),
  },
  {
    name: 'OpenAI Chat',
    dialectId: 'openai-chat',
    opening: '',
    delta: padded(
      'data: {"id":"chatcmpl-0","object":"chat.completion.chunk","created":1,"model":"gpt","choices":[{"index":0,"delta":{"content":"',
      '"},"finish_reason":null}]}\n\n',
    ),
  },
  {
    name: 'Gemini',
    dialectId: 'gemini',
    opening: '',
    delta: padded('data: {"candidates":[{"content":{"role":"model","parts":[{"text":"', '"}]},"index":0}]}\n\n'),
  },
]

/** An event of 180 bytes: about what one token takes. */
function padded(before: string, after: string): string {
  return `${before}${'a'.repeat(Math.max(4, 180 - before.length - after.length))}${after}`
}

/** The whole stream in chunks that hold one event each, or as many as go into 64 KiB. */
function chunksOf({ opening, delta }: Stream, perChunk: number): Uint8Array[] {
  const chunks: Uint8Array[] = [Buffer.from(opening + delta)]
  for (let at = 0; at < EVENT_COUNT; at += perChunk) {
    chunks.push(Buffer.from(delta.repeat(Math.min(perChunk, EVENT_COUNT - at))))
  }
  return chunks
}

async function nsPerEvent(run: () => void): Promise<number> {
  const { p50 } = await measure(run, { min_cpu_time: MIN_TIME_MS * 1e6 })
  return p50 / EVENT_COUNT
}

function finalize(dialect: Dialect, chunks: readonly Uint8Array[]): void {
  const finalizer = createFinalizer({ dialect, request: { choiceCount: 1 }, requestId: 'req_0' })
  for (const chunk of chunks) finalizer.push(chunk, do_not_optimize)
}

function parse(chunks: readonly Uint8Array[]): void {
  const decoder = new TextDecoder()
  const parser = createParser({ onEvent: do_not_optimize })
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }))
}

/** One event of that size: in 16 KiB chunks, but for the last `singles` bytes, which come one by one. */
async function nsPerByte(mebibytes: number, singles: number): Promise<number> {
  const [anthropic] = DIALECTS
  const size = mebibytes * 1024 * 1024
  const event = Buffer.concat([Buffer.from('data: "'), Buffer.alloc(size, 'x'), Buffer.from('"\n\n')])
  const chunks: Uint8Array[] = []
  for (let at = 0; at < event.length;) {
    const length = at < event.length - singles ? Math.min(16_384, event.length - singles - at) : 1
    chunks.push(event.subarray(at, at + length))
    at += length
  }
  if (anthropic === undefined) return Number.NaN
  const { p50 } = await measure(() => finalize(anthropic, chunks), { min_cpu_time: MIN_TIME_MS * 1e6 })
  return p50 / event.length
}

function search(chunks: readonly Uint8Array[]): void {
  for (const chunk of chunks) {
    for (let at = (chunk as Buffer).indexOf('\n\n'); at !== -1; at = (chunk as Buffer).indexOf('\n\n', at + 2)) {
      do_not_optimize(at)
    }
  }
}

const out = process.stdout
let missed = 0
out.write(`node ${process.version}, ${EVENT_COUNT} events of about 180 bytes, medians, ns per event\n\n`)
out.write(`${'stream'.padEnd(20)}${'chunks'.padEnd(14)}   ours   eventsource-parser  ratio   indexOf\n`)
for (const stream of STREAMS) {
  const dialect = DIALECTS.find(({ id }) => id === stream.dialectId)
  if (dialect === undefined) continue
  for (const [label, perChunk, limit] of [
    ['1 event', 1, 1],
    ['64 KiB', 360, 2],
  ] as const) {
    const chunks = chunksOf(stream, perChunk)
    const ours = await nsPerEvent(() => finalize(dialect, chunks))
    const theirs = await nsPerEvent(() => parse(chunks))
    const bare = await nsPerEvent(() => search(chunks))
    const ratio = ours / theirs
    if (ratio > limit) missed++
    out.write(`${stream.name.padEnd(20)}${label.padEnd(14)}${ns(ours)}${ns(theirs).padStart(21)}`)
    out.write(`${ratio.toFixed(2).padStart(7)}${ratio > limit ? '!' : ' '}${ns(bare).padStart(9)}\n`)
  }
}
out.write(`\none large event, cost per byte beside that of 1 MiB\n`)
const base = await nsPerByte(1, 0)
for (const [label, mebibytes, singles] of [
  ['8 MiB in 16 KiB chunks', 8, 0],
  ['the same, its last KiB in 1-byte chunks', 8, 1024],
] as const) {
  const ratio = (await nsPerByte(mebibytes, singles)) / base
  if (ratio > 2) missed++
  out.write(`${label.padEnd(44)}${ratio.toFixed(2)}${ratio > 2 ? '!' : ''}\n`)
}
if (process.argv.includes('--check')) process.exitCode = missed === 0 ? 0 : 1

function ns(value: number): string {
  return value.toFixed(0).padStart(7)
}
