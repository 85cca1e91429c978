import type { Fault } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import type { Ending } from '../dialects/dialect.ts'
import { gemini } from '../dialects/gemini/index.ts'
import { opaque } from '../dialects/opaque/index.ts'
import { finalizeChunks } from './finalize-chunks.ts'
import { createFinalizerTransform, finalizeStream } from './finalize-stream.ts'

const START = 'event: message_start\ndata: {"type":"message_start","message":{}}\n\n'
const BLOCK_START =
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
const ERROR = /^event: error\ndata: \{"type":"error".*\}\n\n$/
const RESET = Object.assign(new TypeError('terminated'), {
  cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }),
})

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function delta(text: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}\n\n`
}

/** Node's web streams can be iterated, which their types do not say. */
function iterable(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  return stream as unknown as AsyncIterable<Uint8Array>
}

/** A web stream that gives these chunks, and then ends, fails, or stays open. */
function source(
  chunks: readonly string[],
  end: 'close' | 'fail' | 'stay-open',
): ReadableStream<Uint8Array> & { cancelled: Promise<unknown> } {
  const cancelled = Promise.withResolvers<unknown>()
  const waiting = [...chunks]
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = waiting.shift()
      if (next !== undefined) return controller.enqueue(bytes(next))
      if (end === 'close') return controller.close()
      if (end === 'fail') return controller.error(RESET)
      return undefined
    },
    cancel: (reason) => cancelled.resolve(reason),
  })
  return Object.assign(stream, { cancelled: cancelled.promise })
}

function options(ended: [Ending, Fault | undefined][] = [], dialect = anthropicMessages as typeof opaque) {
  return {
    dialect,
    request: {},
    requestId: 'req_1',
    onEnd: (...end: [Ending, Fault | undefined]) => void ended.push(end),
  }
}

describe.each([
  [
    'finalizeStream()',
    (from: ReadableStream<Uint8Array>, ended: [Ending, Fault | undefined][]) =>
      new Response(finalizeStream(from, options(ended))).text(),
  ],
  [
    'finalizeChunks()',
    async (from: ReadableStream<Uint8Array>, ended: [Ending, Fault | undefined][]) => {
      let text = ''
      for await (const chunk of finalizeChunks(iterable(from), options(ended))) text += Buffer.from(chunk).toString()
      return text
    },
  ],
] as const)('%s', (_name, read) => {
  test('passes a whole stream and ends with its terminal event, though the source stays open', async () => {
    const ended: [Ending, Fault | undefined][] = []
    const from = source([START, STOP, ': never read\n\n'], 'stay-open')
    expect(await read(from, ended)).toBe(START + STOP)
    expect(ended).toEqual([['completed', undefined]])
    await from.cancelled
  })

  test('ends a source that fails with an error event, and ends normally itself', async () => {
    const ended: [Ending, Fault | undefined][] = []
    const text = await read(source([START, 'event: half'], 'fail'), ended)
    expect(text.startsWith(START)).toBe(true)
    expect(text.slice(START.length)).toMatch(ERROR)
    expect(ended).toMatchObject([['error', { kind: 'body-reset', code: 'ECONNRESET' }]])
  })

  test('ends a source that stops without its terminal event with an error event', async () => {
    const text = await read(source([START], 'close'), [])
    expect(text.slice(START.length)).toMatch(ERROR)
  })
})

test.each([
  ['finalizeChunks()', (from: ReadableStream<Uint8Array>) => finalizeChunks(iterable(from), options())],
  ['finalizeStream()', (from: ReadableStream<Uint8Array>) => iterable(finalizeStream(from, options()))],
  [
    'createFinalizerTransform()',
    (from: ReadableStream<Uint8Array>) => iterable(from.pipeThrough(createFinalizerTransform(options()))),
  ],
])(
  '%s hands out no part of an event, however large, so that its reader may write between any two chunks',
  async (_name, read) => {
    const whole = START + BLOCK_START + delta('a') + delta('x'.repeat(20_000)) + delta('b') + STOP
    const parts = whole.match(/[^]{1,8000}/g) ?? []
    const chunks: string[] = []
    for await (const chunk of read(source(parts, 'close'))) chunks.push(Buffer.from(chunk).toString())
    expect(chunks.join('')).toBe(whole)
    expect(chunks.length).toBeGreaterThan(1)
    expect(chunks.filter((chunk) => !chunk.endsWith('\n\n'))).toEqual([])
  },
)

test('finalizeStream() ends with the terminal event, though its source never closes', async () => {
  const hanging = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes(START + STOP)),
    cancel: () => new Promise(() => undefined),
  })
  expect(await new Response(finalizeStream(hanging, options())).text()).toBe(START + STOP)
})

test('finalizeStream() reports no ending for a reader that leaves', async () => {
  const ended: [Ending, Fault | undefined][] = []
  const reader = finalizeStream(source(['data: 1\n\n'], 'stay-open'), options(ended, opaque)).getReader()
  await reader.read()
  const pending = reader.read()
  await reader.cancel('enough')
  await pending
  expect(ended).toEqual([])
})

test('finalizeStream() reads nothing before it is read', async () => {
  let pulls = 0
  const from = new ReadableStream<Uint8Array>({ pull: () => void pulls++ }, { highWaterMark: 0 })
  finalizeStream(from, options())
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(pulls).toBe(0)
})

test('finalizeStream() reads only when it is read, and cancels its source when it is cancelled', async () => {
  const from = source([START, START, START, START], 'stay-open')
  const reader = finalizeStream(from, options()).getReader()
  await reader.read()
  await reader.cancel('enough')
  expect(await from.cancelled).toBe('enough')
})

test('finalizeStream() errors with the error of its source where the body cannot carry one', async () => {
  const read = new Response(finalizeStream(source(['data: 1\n\n'], 'fail'), options([], opaque))).text()
  await expect(read).rejects.toBe(RESET)
})

test('finalizeChunks() throws an error of its own where a body that ended cleanly can carry none', async () => {
  const ended: [Ending, Fault | undefined][] = []
  const from = source(['{"bad":}'], 'close')
  const chunks = finalizeChunks(iterable(from), { ...options(ended), dialect: gemini, framing: 'json-array' })
  const read = (async () => {
    for await (const chunk of chunks) expect(chunk.byteLength).toBeGreaterThan(0)
  })()
  const thrown: unknown = await read.catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(Error)
  expect(String(thrown)).toContain('Cannot end the body')
  expect(ended).toEqual([['incomplete', undefined]])
})

test('finalizeChunks() ends a stream whose event is too large', async () => {
  const from = source([START, `data: ${'x'.repeat(99)}`], 'stay-open')
  const chunks = finalizeChunks(iterable(from), { ...options(), maxEventBytes: 80 })
  let text = ''
  for await (const chunk of chunks) text += Buffer.from(chunk).toString()
  expect(text.slice(START.length)).toMatch(ERROR)
})

test.each(['close', 'fail'] as const)('createFinalizerTransform() ends a source that comes to %s', async (end) => {
  const through = source([START], end).pipeThrough(createFinalizerTransform(options()))
  const text = await new Response(through).text()
  // What nobody had read when the source failed is dropped by the pipe; what comes out still has its end.
  expect(text.replace(START, '')).toMatch(ERROR)
  if (end === 'close') expect(text.startsWith(START)).toBe(true)
})
