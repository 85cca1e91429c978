import { describe, expect, test } from 'vitest'
import { Bench } from './bench.ts'
import {
  ANTHROPIC,
  BLOCK,
  BLOCK_STOP,
  CHAT,
  chunk,
  DELTA,
  GEMINI,
  PING,
  RESPONSES,
  START,
  STOP_REASON,
} from './streams.ts'

const COMMENT = ': stopbit\n\n'

describe('a heartbeat', () => {
  test('is sent 7 s into the silence, counted from the sent head or the last byte', () => {
    const bench = new Bench({ commit: 'headers' }).start().pass(30_000).answer(200)
    expect(bench.pass(6_999).sent).toBe('')
    expect(bench.pass(1).sent).toBe(COMMENT)
    expect(bench.pass(6_999).sent).toBe(COMMENT)
    bench.chunk(START).pass(6_999)
    expect(bench.sent).toBe(COMMENT + START)
    expect(bench.pass(1).sent).toBe(COMMENT + START + PING)
    bench.exchange.downstreamGone()
    expect(bench.record).toMatchObject({ heartbeats: 2, downstreamBytes: START.length })
  })

  test('commits nothing by itself', () => {
    const bench = new Bench({ heartbeatMs: 100, commitAfterMs: 50_000 }).streaming(START, BLOCK).pass(49_999)
    expect(bench.head).toBeUndefined()
  })

  test('is a comment while the opening is held, a ping in the answer, and none while the client does not read', () => {
    const bench = new Bench({ commitAfterMs: 1_000, heartbeatMs: 100 }).streaming(START, BLOCK)
    bench.pass(1_250)
    expect(bench.sent).toBe(COMMENT + COMMENT)
    bench.chunk(DELTA)
    expect(bench.pass(150).sent).toBe(COMMENT + COMMENT + START + BLOCK + DELTA + PING)
    const { length } = bench.sent
    bench.keepsUp = false
    bench.chunk(DELTA).pass(1_000)
    expect(bench.sent.slice(length)).toBe(DELTA)
    bench.keepsUp = true
    bench.exchange.downstreamDrained()
    expect(bench.pass(100).sent.slice(length)).toBe(DELTA + PING)
  })

  test('that a client has no room for pauses the upstream', () => {
    const bench = new Bench({ heartbeatMs: 100, idleTimeoutMs: 10_000 }).streaming(START, BLOCK, DELTA)
    bench.keepsUp = false
    bench.pass(5_000)
    expect(bench.sent).toBe(START + BLOCK + DELTA + PING)
    expect(bench.isPaused).toBe(true)
  })

  test.each([
    [CHAT, COMMENT],
    [RESPONSES, COMMENT],
    [GEMINI, ': stopbit\r\n\r\n'],
    [ANTHROPIC, PING],
  ])('in the answer speaks the dialect: $0.name', ({ target, facts, opening, data }, expected) => {
    const bench = new Bench({}, { request: { target } })
      .start(facts)
      .answer(200)
      .chunk(...opening, data[0] ?? '')
    const { length } = bench.sent
    expect(bench.pass(7_000).sent.slice(length)).toBe(expected)
  })

  test.each([CHAT, RESPONSES])('is off in $name after an id: of the upstream', ({ target, facts, data }) => {
    const bench = new Bench({}, { request: { target } }).start(facts).answer(200).chunk(`id: 1\n${data[0]}`)
    const { length } = bench.sent
    expect(length).toBeGreaterThan(0)
    expect(bench.pass(60_000).sent.length).toBe(length)
  })

  test('is off in opaque streams, JSON arrays and everything that is no stream', () => {
    const opaque = new Bench({}, { request: { target: '/v2/unknown' } }).streaming('data: 1\n\n')
    expect(opaque.pass(60_000).sent).toBe('data: 1\n\n')
    const array = new Bench({}, { request: { target: '/v1beta/models/m:streamGenerateContent' } }).start()
    array.answer(200, ['content-type', 'application/json']).pass(60_000)
    expect(array.head?.status).toBe(200)
    expect(array.sent).toBe('')
    const binary = new Bench().start().answer(200, ['content-type', 'audio/mpeg']).chunk('x')
    expect(binary.pass(60_000).sent).toBe('x')
  })

  test('feeds none of our clocks', () => {
    const bench = new Bench({ heartbeatMs: 100, idleTimeoutMs: 1_000 }).streaming(START, BLOCK, DELTA).pass(1_000)
    expect(bench.finished().record).toMatchObject({ heartbeats: 9, fault: { kind: 'body-timeout' } })
  })

  test('is off with off, and after the end', () => {
    expect(new Bench({ heartbeatMs: 'off' }).streaming(START, BLOCK, DELTA).pass(60_000).sent).toBe(
      START + BLOCK + DELTA,
    )
    const ended = new Bench().streaming(...ANTHROPIC.opening, DELTA, BLOCK_STOP, STOP_REASON).fail()
    const { length } = ended.sent
    expect(ended.pass(60_000).sent.length).toBe(length)
  })

  test('comes between events, never into one', () => {
    const bench = new Bench({}, { request: { target: CHAT.target } }).start(CHAT.facts).answer(200)
    const [first = '', second = ''] = CHAT.data
    bench.chunk(first, second.slice(0, 20)).pass(7_000).chunk(second.slice(20))
    expect(bench.sent).toBe(first + COMMENT + second)
    expect(chunk({ content: 'Hi' })).toBe(first)
  })
})
