import { describe, expect, test } from 'vitest'
import { MemoryBudget } from '../src/memory-budget.ts'
import { Bench, FAILURES } from './bench.ts'
import { ANTHROPIC, BLOCK, DELTA, PING, START, textOf } from './streams.ts'

const JSON_TYPE = ['content-type', 'application/json']

describe('the memory of the process', () => {
  test('over it, a new request is not kept: it is streamed, and cannot be sent again', () => {
    const memory = new MemoryBudget(100)
    const first = new Bench({}, { memory })
    expect(first.exchange.requestChunk(80)).toBe('keep')
    const second = new Bench({}, { memory })
    expect(second.exchange.requestChunk(30)).toBe('stream')
    expect(memory.heldBytes).toBe(80)
    expect(second.start({}, 'streamed').fail(FAILURES.refused).head?.status).toBe(502)
    first.start().whole(ANTHROPIC)
    expect(memory.heldBytes).toBe(0)
  })

  test('over it, a request that has to be kept is a 503 with a small retry-after', () => {
    const memory = new MemoryBudget(100)
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
    const bench = new Bench({}, { memory }).streaming(START)
    expect(bench.head).toBeUndefined()
    expect(bench.chunk(PING).sent).toBe(START + PING)
    expect(memory.heldBytes).toBe(0)
  })

  test('over it, an open event fails its stream: in band, or with a status', () => {
    const memory = new MemoryBudget(200)
    const bench = new Bench({}, { memory }).streaming(START, BLOCK.slice(0, 50))
    expect(memory.heldBytes).toBe(START.length + 50)
    bench.chunk(BLOCK.slice(50), DELTA, `data: ${'x'.repeat(100)}`)
    expect(memory.heldBytes).toBe(106)
    bench.chunk('x'.repeat(100))
    expect(bench.sent.startsWith(`${START}${BLOCK}${DELTA}event: error`)).toBe(true)
    expect(memory.heldBytes).toBe(0)
    expect(bench.finished().record).toMatchObject({ ending: 'error', fault: { kind: 'internal' } })

    const early = new Bench({ heartbeatMs: 'off' }, { memory }).streaming(`data: ${'x'.repeat(300)}`)
    expect(early.errorType()).toBe('api_error')
    expect(early.finished().record).toMatchObject({ fault: { kind: 'internal' } })
  })

  test('over it, an error as the first event still becomes a status', () => {
    const error = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"${'x'.repeat(300)}"}}\n\n`
    expect(new Bench({}, { memory: new MemoryBudget(100) }).streaming(error).head?.status).toBe(529)
  })

  test('counts what is held at any moment, and nothing behind the answer', () => {
    const bench = new Bench({ retry: 'replayable' })
    bench.exchange.requestChunk(1_000)
    bench.start(ANTHROPIC.facts).answer(200).chunk(START)
    expect(bench.memory.heldBytes).toBe(1_000 + START.length)
    bench.fail()
    expect(bench.memory.heldBytes).toBe(1_000)
    bench.pass(2_000).answer(200).chunk(START, BLOCK.slice(0, 10))
    expect(bench.memory.heldBytes).toBe(START.length + 10) // the second attempt is the last one
    bench.chunk(BLOCK.slice(10) + DELTA)
    expect(bench.memory.heldBytes).toBe(0)
    bench.chunk(DELTA.slice(0, 20))
    expect(bench.memory.heldBytes).toBe(20)
    bench.chunk(DELTA.slice(20), ...ANTHROPIC.finish)
    expect(bench.memory.heldBytes).toBe(0)
    expect(bench.sent).toBe(textOf({ ...ANTHROPIC, opening: [START, BLOCK], data: [DELTA, DELTA] }))
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
