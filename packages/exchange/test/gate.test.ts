import { describe, expect, test } from 'vitest'
import { Bench } from './bench.ts'
import {
  ANTHROPIC,
  BLOCK,
  BLOCK_STOP,
  candidate,
  chunk,
  DELTA,
  EVENT_STREAMS,
  geminiEvent,
  GEMINI,
  PING,
  RESPONSES,
  responsesEvent,
  START,
  STOP,
  STOP_REASON,
  STREAMS,
} from './streams.ts'

const TOOL =
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}\n\n'
const EMPTY_DELTA =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}\n\n'
const SIGNATURE =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}\n\n'

function at(target: string, ...events: readonly string[]): Bench {
  return new Bench({ commitAfterMs: 1_000_000 }, { request: { target } })
    .start({ stream: true, choiceCount: 1 })
    .answer(200)
    .chunk(...events)
}

describe('the gate', () => {
  test.each(STREAMS)('of $name holds head and opening events until the first model data, and no longer', (stream) => {
    const bench = new Bench({}, { request: { target: stream.target } }).start(stream.facts).answer(200, stream.headers)
    bench.chunk(...stream.opening)
    expect(bench.head).toBeUndefined()
    bench.chunk(stream.data[0] ?? '')
    expect(bench.head?.status).toBe(200)
    expect(bench.sent).toBe([...stream.opening, stream.data[0]].join(''))
    expect(bench.releasedAt).toBeDefined()
  })

  test.each([
    ['a role chunk', '/v1/chat/completions', chunk({ role: 'assistant', content: '' })],
    ['an empty choices list', '/v1/chat/completions', 'data: {"id":"c","choices":[]}\n\n'],
    ['an empty delta', '/v1/chat/completions', chunk({ content: '' })],
    ['a ping', '/v1/messages', PING],
    ['a message_start', '/v1/messages', START],
    ['an empty content block', '/v1/messages', START + BLOCK],
    ['a tool call without arguments yet', '/v1/messages', START + TOOL],
    ['an empty text delta', '/v1/messages', START + BLOCK + EMPTY_DELTA],
    ['a signature', '/v1/messages', START + BLOCK + SIGNATURE],
    ['a comment', '/v1/responses', ': keep-alive\n\n'],
    ['output_item.added', '/v1/responses', RESPONSES.opening.slice(0, 3).join('')],
    ['content_part.added', '/v1/responses', RESPONSES.opening.join('')],
    ['an empty candidate', GEMINI.target, geminiEvent(candidate(''))],
    ['usage alone', GEMINI.target, geminiEvent('{"usageMetadata":{"promptTokenCount":1}}')],
    ['half of an event', '/v1/messages', START + BLOCK + DELTA.slice(0, -1)],
  ])('is not opened by %s', (_, target, events) => {
    const bench = at(target, events)
    expect(bench.head).toBeUndefined()
    expect(bench.fail().head?.status).toBeGreaterThanOrEqual(502)
  })

  const refusal = responsesEvent('response.refusal.delta', 4, {
    item_id: 'm',
    output_index: 0,
    content_index: 0,
    delta: 'No',
  })
  const blocked = geminiEvent('{"promptFeedback":{"blockReason":"SAFETY"}}')
  test.each([
    ['text', '/v1/messages', START + BLOCK + DELTA],
    [
      'thinking',
      '/v1/messages',
      `${START}${BLOCK}${DELTA.replace('"text_delta","text"', '"thinking_delta","thinking"')}`,
    ],
    ['a refusal', '/v1/chat/completions', chunk({ refusal: 'No' })],
    [
      'tool arguments',
      '/v1/chat/completions',
      chunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '{}' } }] }),
    ],
    ['a refusal', '/v1/responses', RESPONSES.opening.join('') + refusal],
    ['text', GEMINI.target, geminiEvent(candidate('Hi'))],
    ['any event', '/v2/unknown', 'data: 1\n\n'],
  ])('is opened at once by %s: %s', (_, target, events) => {
    expect(at(target, events).sent).toBe(events)
  })

  test.each([
    ['an empty answer', '/v1/messages', [START, STOP_REASON, STOP]],
    ['a refusal as a stop reason', '/v1/messages', [START, STOP_REASON.replace('end_turn', 'refusal'), STOP]],
    [
      'an argument-less tool call',
      '/v1/messages',
      [START, TOOL, BLOCK_STOP, STOP_REASON.replace('end_turn', 'tool_use'), STOP],
    ],
    [
      'an empty answer',
      '/v1/chat/completions',
      [chunk({ role: 'assistant', content: '' }), chunk({}, 'stop'), 'data: [DONE]\n\n'],
    ],
    ['a content filter', '/v1/chat/completions', [chunk({}, 'content_filter'), 'data: [DONE]\n\n']],
    ['nothing but [DONE]', '/v1/chat/completions', ['data: [DONE]\n\n']],
    ['an empty answer', '/v1/responses', [RESPONSES.opening[0] ?? '', RESPONSES.finish[1] ?? '']],
    [
      'an incomplete answer',
      '/v1/responses',
      [RESPONSES.opening[0] ?? '', responsesEvent('response.incomplete', 1, { response: {} })],
    ],
    ['an empty answer', GEMINI.target, [geminiEvent(candidate('', { finishReason: 'STOP' }))]],
    ['a blocked prompt', GEMINI.target, [blocked]],
  ])('lets %s through at once at its end: %s', (_, target, events) => {
    const bench = at(target, ...events)
    expect(bench.sent).toBe(events.join(''))
    if (bench.isUnderWay) bench.endBody()
    expect(bench.finished().record).toMatchObject({ ending: 'completed', status: 200 })
  })

  test('lets an answer without data through at its stop reason already', () => {
    expect(at('/v1/messages', START, STOP_REASON).sent).toBe(START + STOP_REASON)
    expect(at('/v1/messages', START, BLOCK, BLOCK_STOP).head).toBeUndefined()
  })

  test('is opened by an opening larger than maxEventBytes', () => {
    const bench = new Bench({ maxEventBytes: 200 }).streaming(START, PING, PING)
    expect(bench.head).toBeUndefined()
    expect(bench.chunk(PING, PING).sent).toBe(START + PING.repeat(4))
  })
})

describe('commit: headers', () => {
  test.each(EVENT_STREAMS)('sends the head of $name as it comes, and each event at once', (stream) => {
    const bench = new Bench({ commit: 'headers' }, { request: { target: stream.target } })
      .start(stream.facts)
      .answer(200)
    expect(bench.head?.status).toBe(200)
    expect(bench.releasedAt).toBeDefined()
    bench.chunk(stream.opening[0] ?? '')
    expect(bench.sent).toBe(stream.opening[0])
    bench.fail()
    expect(bench.finished().record).toMatchObject({ ending: 'error', sentEvents: 1 })
  })

  test('changes nothing for an answer that is no stream', () => {
    const bench = new Bench({ commit: 'headers' }).start().answer(200, ['content-type', 'application/json'])
    expect(bench.chunk('{').fail().head?.status).toBe(502)
  })
})

describe('commitAfterMs', () => {
  test('sends the head alone, and openingHoldMs the opening events', () => {
    const bench = new Bench({ commitAfterMs: 1_000, openingHoldMs: 3_000, heartbeatMs: 'off' }).streaming(START, BLOCK)
    expect(bench.pass(999).head).toBeUndefined()
    bench.pass(1)
    expect(bench.head?.status).toBe(200)
    expect(bench.sent).toBe('')
    expect(bench.releasedAt).toBe('attempt 1') // by the default policy nothing can be sent again after a head
    bench.pass(1_999)
    expect(bench.sent).toBe('')
    bench.pass(1)
    expect(bench.sent).toBe(START + BLOCK)
  })

  test('is 10 s after the head, openingHoldMs 120 s', () => {
    const bench = new Bench({ heartbeatMs: 'off' }).start().pass(50_000).answer(200).chunk(START)
    expect(bench.pass(9_999).head).toBeUndefined()
    expect(bench.pass(1).head?.status).toBe(200)
    for (let i = 0; i < 10; i++) bench.pass(10_000).chunk(PING)
    expect(bench.pass(9_999).sent).toBe('')
    expect(bench.pass(1).sent).toBe(START + PING.repeat(10))
  })

  test('a failure after the head alone releases the opening events before the error', () => {
    const bench = new Bench({ commitAfterMs: 1_000 }).streaming(START, BLOCK).pass(1_000).fail()
    expect(bench.sent.startsWith(`${START}${BLOCK}event: error`)).toBe(true)
    expect(bench.finished().record).toMatchObject({ ending: 'error', sentEvents: 2 })
  })

  test("the upstream's own error after the head alone comes behind its opening events", () => {
    const error = 'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"No"}}\n\n'
    const bench = new Bench({ commitAfterMs: 1_000 }).streaming(START).pass(1_000).chunk(error)
    expect(bench.sent).toBe(START + error)
    expect(bench.finished().endBody().record).toMatchObject({ ending: 'error', upstreamError: 'api_error' })
  })

  test('openingHoldMs ends replay', () => {
    const options = { retry: 'replayable', commitAfterMs: 1_000, openingHoldMs: 3_000 } as const
    const held = new Bench(options).start(ANTHROPIC.facts).answer(200).chunk(START).pass(2_999).fail().pass(5_000)
    expect(held.count('attempt')).toBe(2)
    const released = new Bench(options).start(ANTHROPIC.facts).answer(200).chunk(START).pass(3_000)
    expect(released.releasedAt).toBeDefined()
    expect(released.fail().pass(5_000).count('attempt')).toBe(1)
    expect(released.sent.startsWith(`${START}event: error`)).toBe(true)
  })

  test('openingHoldMs before commitAfterMs sends head and opening together', () => {
    const bench = new Bench({ commitAfterMs: 3_000, openingHoldMs: 1_000 }).streaming(START).pass(1_000)
    expect(bench.sent).toBe(START)
    expect(bench.pass(5_000).count('head')).toBe(1)
  })
})
