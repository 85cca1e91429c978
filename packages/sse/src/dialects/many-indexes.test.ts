import { createFault } from '@stopbit/faults'
import { expect, test } from 'vitest'
import { createFinalizer } from '../finalizer/create-finalizer.ts'
import type { Dialect, EndingPolicy, StreamState } from './dialect.ts'
import { DIALECTS } from './table.ts'

const dialectOf = (id: string): Dialect => DIALECTS.find((dialect) => dialect.id === id) ?? expect.unreachable()

function finalizerOf(id: string, units: readonly string[], choiceCount = 1, ending: EndingPolicy = 'error') {
  const finalizer = createFinalizer({ dialect: dialectOf(id), request: { choiceCount }, requestId: 'req_1', ending })
  const bytes = Buffer.from(units.map((unit) => `${unit}\n\n`).join(''))
  finalizer.push(bytes, () => undefined)
  return finalizer
}

/** An event that opens what has this index, and one that finishes it. */
const EVENTS: Readonly<Record<string, readonly [open: (index: number) => string, finish: (index: number) => string]>> =
  {
    'anthropic-messages': [
      (index) => `event: content_block_start\ndata: {"index":${index},"content_block":{"type":"text"}}`,
      (index) => `event: content_block_stop\ndata: {"index":${index}}`,
    ],
    'openai-chat': [
      (index) => `data: {"choices":[{"index":${index},"delta":{"content":"a"}}]}`,
      (index) => `data: {"choices":[{"index":${index},"delta":{},"finish_reason":"stop"}]}`,
    ],
    'openai-responses': [
      (index) => `data: {"type":"response.output_item.added","output_index":${index},"item":{"type":"message"}}`,
      (index) => `data: {"type":"response.output_item.done","output_index":${index},"item":{"type":"message"}}`,
    ],
    gemini: [
      (index) => `data: {"candidates":[{"index":${index},"content":{"parts":[{"text":"a"}]}}]}`,
      (index) => `data: {"candidates":[{"index":${index},"finishReason":"STOP"}]}`,
    ],
  }

test.each(Object.entries(EVENTS))(
  '%s: 40,000 indexes take no time and no memory that grows with them',
  (id, [open]) => {
    const started = performance.now()
    const finalizer = finalizerOf(
      id,
      Array.from({ length: 40_000 }, (_, index) => open(index)),
    )
    expect(finalizer.eventCount).toBe(40_000)
    const { state } = finalizer
    const known = 'unfinished' in state ? (state.unfinished as readonly number[]).length : blocksOf(state).size
    expect(known).toBeLessThan(140)
    // With all of them remembered it took two minutes.
    expect(performance.now() - started).toBeLessThan(8_000)
  },
)

function blocksOf(state: StreamState): ReadonlyMap<number, string> {
  return state.phase === 'block' ? state.blocks : expect.unreachable(state.phase)
}

test.each(Object.entries(EVENTS))(
  '%s: beyond 128 indexes nothing is ever finished or made up',
  (id, [open, finish]) => {
    const indexes = Array.from({ length: 200 }, (_, index) => index)
    for (const ending of ['error', 'truncate'] as const) {
      const finalizer = finalizerOf(id, [...indexes.map(open), ...indexes.map(finish)], 1, ending)
      expect(['open', 'block']).toContain(finalizer.state.phase)
      expect(finalizer.end(createFault('body-reset')).ending).toBe('error')
    }
  },
)

test.each([0, 127])('a chat or candidate with the index %d is one as any other', (index) => {
  for (const id of ['openai-chat', 'gemini']) {
    const [open, finish] = EVENTS[id] ?? expect.unreachable()
    expect(finalizerOf(id, [open(index), finish(index)], id === 'gemini' ? 1 : index + 1).state.phase).toBe(
      id === 'gemini' || index === 0 ? 'stopping' : 'open',
    )
  }
})

const LONG = 'x'.repeat(100_000)

test.each([
  [
    'openai-chat',
    'finish reasons',
    [`data: {"id":"${LONG}","choices":[{"index":0,"delta":{},"finish_reason":"${LONG}"}]}`],
  ],
  ['gemini', 'finish reasons', [`data: {"candidates":[{"finishReason":"${LONG}"}]}`]],
  ['gemini', 'block reasons', [`data: {"promptFeedback":{"blockReason":"${LONG}"}}`]],
  [
    'anthropic-messages',
    'stop reasons',
    ['event: message_start\ndata: {}', `event: message_delta\ndata: {"delta":{"stop_reason":"${LONG}"}}`],
  ],
  [
    'anthropic-messages',
    'block types',
    [`event: content_block_start\ndata: {"index":0,"content_block":{"type":"${LONG}"}}`],
  ],
  [
    'openai-responses',
    'item types',
    [`data: {"type":"response.output_item.added","output_index":0,"item":{"type":"${LONG}"}}`],
  ],
])('%s keeps no words of any length: %s', (id, _what, units) => {
  const { state } = finalizerOf(id, units)
  const words = state.phase === 'stopping' ? [state.stopReason] : [...blocksOf(state).values()]
  expect(words.join().length).toBeLessThan(100)
})

test('a graceful end names a chat by no id that is longer than ids are', () => {
  const unit = `data: {"id":"${LONG}","model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}`
  const { ending, bytes } = finalizerOf('openai-chat', [unit], 1, 'truncate').end(createFault('body-reset'))
  expect([ending, bytes.byteLength < 500]).toEqual(['truncated', true])
})
