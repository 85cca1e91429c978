import { describe, expect, test } from 'vitest'
import { MemoryBudget } from '../src/memory-budget.ts'
import { Bench, FAILURES } from './bench.ts'
import { ANTHROPIC, BLOCK, DELTA, START, textOf } from './streams.ts'

const JSON_TYPE = ['content-type', 'application/json']
/** What every stream may hold outside of the budget, and a comment that is as long. */
const ALLOWANCE = 65_536
const FILL = `: ${'x'.repeat(ALLOWANCE - 4)}\n\n`

function pieces(text: string, byteLength: number): string[] {
  return Array.from({ length: Math.ceil(text.length / byteLength) }, (_, i) =>
    text.slice(i * byteLength, (i + 1) * byteLength),
  )
}

describe('the memory of the process', () => {
  test('over half of it, a new request is not kept: it is streamed, and cannot be sent again', () => {
    const memory = new MemoryBudget(200)
    const first = new Bench({}, { memory })
    expect(first.exchange.requestChunk(80)).toBe('keep')
    const second = new Bench({}, { memory })
    expect(second.exchange.requestChunk(30)).toBe('stream')
    expect(memory.heldBytes).toBe(80)
    expect(second.start({}, 'streamed').fail(FAILURES.refused).head?.status).toBe(502)
    first.start().whole(ANTHROPIC)
    expect(memory.heldBytes).toBe(0)
  })

  test('over half of it, a request that has to be kept is a 503 with a small retry-after', () => {
    const memory = new MemoryBudget(200)
    const bench = new Bench(
      { maxReplayBytes: 10 },
      { memory, mayStreamRequest: false, request: { target: '/v1/chat/completions' } },
    )
    expect(bench.exchange.requestChunk(90)).toBe('keep')
    expect(bench.exchange.requestChunk(20)).toBe('stream')
    expect(bench.head?.status).toBe(503)
    expect(bench.header('retry-after')).toBe('2')
    bench.start({}, 'streamed')
    expect(bench.finished().record).toMatchObject({ ending: 'error-status', attempts: [] })
    expect(memory.heldBytes).toBe(0)
  })

  test('that uploads have filled, or other answers, leaves every stream 64 KiB', () => {
    const memory = new MemoryBudget(200)
    const upload = new Bench({}, { memory })
    expect(upload.exchange.requestChunk(90)).toBe('keep')
    const json = new Bench({}, { memory }).start().answer(200, JSON_TYPE).chunk('x'.repeat(110))
    expect(json.head).toBeUndefined()
    expect(memory.heldBytes).toBe(200)
    expect(new Bench({}, { memory }).exchange.requestChunk(10)).toBe('stream')
    const bench = new Bench({}, { memory }).streaming(...pieces(textOf(ANTHROPIC), 10))
    expect(bench.sent).toBe(textOf(ANTHROPIC))
    expect(bench.endBody().finished().record?.ending).toBe('completed')
    expect(memory.heldBytes).toBe(200)
  })

  test('over it, a JSON body is passed on as if beyond maxJsonBytes', () => {
    const memory = new MemoryBudget(10)
    const bench = new Bench({}, { memory }).start().answer(200, JSON_TYPE).chunk('{"a":', '12345')
    expect(bench.head).toBeUndefined()
    expect(bench.chunk('}').sent).toBe('{"a":12345}')
    expect(memory.heldBytes).toBe(0)
    expect(bench.fail().calls.at(-1)).toBe('leave incomplete')
  })

  test('over it, opening events go out', () => {
    const memory = new MemoryBudget(100)
    const bench = new Bench({}, { memory }).streaming(START, FILL)
    expect(bench.head).toBeUndefined()
    expect(bench.chunk(BLOCK).sent).toBe(START + FILL + BLOCK)
    expect(memory.heldBytes).toBe(0)
  })

  test('over it, an open event fails its stream: in band, or with a status', () => {
    const memory = new MemoryBudget(200)
    const bench = new Bench({}, { memory }).streaming(FILL, START, BLOCK.slice(0, 50))
    expect(memory.heldBytes).toBe(START.length + 50)
    bench.chunk(BLOCK.slice(50), DELTA, `data: ${'x'.repeat(ALLOWANCE)}`)
    expect(memory.heldBytes).toBe(6)
    bench.chunk('x'.repeat(200))
    expect(bench.sent.startsWith(`${FILL}${START}${BLOCK}${DELTA}event: error`)).toBe(true)
    expect(memory.heldBytes).toBe(0)
    expect(bench.finished().record).toMatchObject({ ending: 'error', fault: { kind: 'internal' } })

    const early = new Bench({ heartbeatMs: 'off' }, { memory }).streaming(`data: ${'x'.repeat(ALLOWANCE + 300)}`)
    expect(early.errorType()).toBe('api_error')
    expect(early.finished().record).toMatchObject({ fault: { kind: 'internal' } })
  })

  test('over it, an error as the first event still becomes a status', () => {
    const error = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"${'x'.repeat(300)}"}}\n\n`
    expect(new Bench({}, { memory: new MemoryBudget(100) }).streaming(FILL + error).head?.status).toBe(529)
  })

  test('counts what is held at any moment, and nothing behind the answer', () => {
    const bench = new Bench({ retry: 'replayable' })
    bench.exchange.requestChunk(1_000)
    bench.start(ANTHROPIC.facts).answer(200).chunk(FILL, START)
    expect(bench.memory.heldBytes).toBe(1_000 + START.length)
    bench.fail()
    expect(bench.memory.heldBytes).toBe(1_000)
    bench.pass(2_000).answer(200).chunk(FILL, START, BLOCK.slice(0, 10))
    expect(bench.memory.heldBytes).toBe(START.length + 10) // the second attempt is the last one
    bench.chunk(BLOCK.slice(10) + DELTA)
    expect(bench.memory.heldBytes).toBe(0)
    bench.chunk(FILL.slice(0, -1) + DELTA.slice(0, 20))
    expect(bench.memory.heldBytes).toBe(19)
    bench.chunk(`\n${DELTA}`, ...ANTHROPIC.finish)
    expect(bench.memory.heldBytes).toBe(0)
  })

  test('counts a body that is kept until it is sent, though it will not be sent again', () => {
    for (const over of ['head', 'fault', 'client gone', 'finish'] as const) {
      const bench = new Bench({ retry: 'never' })
      bench.exchange.requestChunk(1_000)
      bench.start(ANTHROPIC.facts)
      expect(bench.releasedAt).toBe('attempt 1')
      expect(bench.memory.heldBytes).toBe(1_000)
      if (over === 'head') bench.answer(200)
      else if (over === 'fault') bench.fail(FAILURES.closed)
      else if (over === 'finish') bench.exchange.finish()
      else bench.exchange.downstreamGone()
      expect(bench.memory.heldBytes).toBe(0)
    }
  })

  test('counts a body that is still being sent when its client has gone, until the upstream answers', () => {
    const bench = new Bench({ onClientGone: 'drain' })
    bench.exchange.requestChunk(1_000)
    bench.start(ANTHROPIC.facts).exchange.downstreamGone()
    expect(bench.memory.heldBytes).toBe(1_000)
    bench.answer(200)
    expect(bench.memory.heldBytes).toBe(0)
    bench.chunk(DELTA).endBody()
    expect(bench.record).toMatchObject({ ending: 'client-gone', drained: 'whole' })
  })

  test('counts what is kept of a streamed body until more of it is asked for, or its attempt is over', () => {
    for (const over of ['awaited', 'fault'] as const) {
      const bench = new Bench({ maxReplayBytes: 10 })
      expect(bench.exchange.requestChunk(10)).toBe('keep')
      expect(bench.exchange.requestChunk(1)).toBe('stream')
      bench.start({}, 'streamed').answer(200)
      expect(bench.memory.heldBytes).toBe(10)
      if (over === 'awaited') bench.exchange.requestAwaited()
      else bench.fail()
      expect(bench.memory.heldBytes).toBe(0)
    }
  })

  test('counts a JSON body until the client has it', () => {
    for (const over of ['finished', 'gone'] as const) {
      const bench = new Bench()
        .start()
        .answer(200, [...JSON_TYPE, 'content-length', '11'])
        .chunk('{"a":12345}')
      bench.keepsUp = false
      bench.endBody()
      expect(bench.count('end')).toBe(1)
      bench.exchange.downstreamDrained()
      expect(bench.memory.heldBytes).toBe(11)
      if (over === 'finished') bench.finished()
      else bench.exchange.downstreamGone()
      expect(bench.memory.heldBytes).toBe(0)
    }
  })

  test('counts a JSON body that is passed on until the client has read what had been held of it', () => {
    for (const over of ['drained', 'gone'] as const) {
      const bench = new Bench({ maxJsonBytes: 10, onClientGone: 'drain' })
        .start()
        .answer(200, JSON_TYPE)
        .chunk('{"a":12')
      bench.keepsUp = false
      bench.chunk('345}')
      expect(bench.sent).toBe('{"a":12345}')
      expect(bench.memory.heldBytes).toBe(7)
      if (over === 'drained') bench.exchange.downstreamDrained()
      else bench.exchange.downstreamGone()
      expect(bench.memory.heldBytes).toBe(0)
      expect(bench.record).toBeUndefined()
    }
  })

  test.each([Number.NaN, 0.5])('is not changed by %d bytes, which would switch its limit off', (bytes) => {
    const memory = new MemoryBudget(100)
    expect(() => memory.change(bytes)).toThrow(/Cannot change held bytes: must be a whole number, got/)
    const bench = new Bench({}, { memory, mayStreamRequest: false })
    expect(bench.exchange.requestChunk(bytes)).toBe('stream')
    expect(bench.finished().record).toMatchObject({ ending: 'error-status', fault: { kind: 'internal' } })
    expect(memory.heldBytes).toBe(0)
    expect(memory.change(101)).toBe(false)
  })

  test.each([0, 1.5, -1, Number.NaN])('cannot be %d', (limit) => {
    expect(() => new MemoryBudget(limit)).toThrow(
      /Cannot use limitBytes: must be a whole number of bytes, at least 1, got/,
    )
  })

  test('is 256 MiB, where nothing else is said', () => {
    expect(new MemoryBudget().limitBytes).toBe(268_435_456)
  })
})
