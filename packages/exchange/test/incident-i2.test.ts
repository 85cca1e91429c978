import { expect, test } from 'vitest'
import { Bench } from './bench.ts'
import type { ExchangeOptions } from '../src/options.ts'
import { ANTHROPIC, BLOCK, START, textOf } from './streams.ts'

/** The incident of the trace `anthropic/stall-20s-one-chunk-rst`: 200 after 2,287 ms, 20,063 ms of silence, the opening events, a reset 1,037 ms later. */
function incident(options: ExchangeOptions): Bench {
  const bench = new Bench(options).start(ANTHROPIC.facts).pass(2_287).answer(200).pass(20_063)
  return bench
    .chunk(START + BLOCK)
    .pass(1_037)
    .fail()
}

const withoutHeartbeats = (bench: Bench): string =>
  bench.sent.replaceAll(': stopbit\n\n', '').replaceAll('event: ping\ndata: {"type":"ping"}\n\n', '')

test('with replayable the client gets one complete answer and never learns of it, and the upstream saw two requests', () => {
  for (const more of [{}, { commitAfterMs: 30_000 }]) {
    const bench = incident({ retry: 'replayable', ...more })
    expect(bench.warnings).toMatchObject([{ silentMs: 15_000, upstreamBytes: 0, cutInMs: 225_000 }])
    bench.pass(2_000)
    expect(bench.requests).toHaveLength(2)
    expect(bench.requests[1]).toEqual(bench.requests[0])
    bench
      .pass(2_000)
      .whole({ ...ANTHROPIC, opening: [START, BLOCK] })
      .finished()
    expect(bench.count('head 200')).toBe(1)
    expect(withoutHeartbeats(bench)).toBe(textOf({ ...ANTHROPIC, opening: [START, BLOCK] }))
    expect(bench.record).toMatchObject({ ending: 'completed', status: 200, stalls: 1 })
    expect(bench.record?.fault).toBeUndefined()
    expect(bench.record?.attempts).toMatchObject([
      { status: 200, fault: { kind: 'body-reset', code: 'ECONNRESET' }, retry: 'replay' },
      { status: 200 },
    ])
  }
})

test('with stale-once and commitAfterMs above the silence it is a 5xx', () => {
  const bench = incident({ commitAfterMs: 30_000 })
  expect(bench.head?.status).toBe(502)
  expect(bench.errorType()).toBe('api_error')
  expect(bench.requests).toHaveLength(1)
  expect(bench.finished().record).toMatchObject({ ending: 'error-status', sentEvents: 0 })
})

test('with the default numbers it is a true error in band, behind the opening events', () => {
  const bench = incident({})
  expect(bench.headAt).toBe(1_000 + 2_287 + 10_000)
  expect(withoutHeartbeats(bench).startsWith(`${START}${BLOCK}event: error\ndata: `)).toBe(true)
  expect(bench.errorType()).toBe('api_error')
  expect(bench.requests).toHaveLength(1)
  expect(bench.finished().record).toMatchObject({
    ending: 'error',
    status: 200,
    heartbeats: 1,
    fault: { kind: 'body-reset' },
  })
})

test("with commit: 'headers' it is a true error in band, whatever may be sent again", () => {
  for (const retry of ['stale-once', 'replayable'] as const) {
    const bench = incident({ commit: 'headers', retry })
    expect(bench.headAt).toBe(1_000 + 2_287)
    expect(withoutHeartbeats(bench).startsWith(`${START}${BLOCK}event: error\ndata: `)).toBe(true)
    expect(bench.requests).toHaveLength(1)
    expect(bench.finished().record).toMatchObject({ ending: 'error', sentEvents: 2 })
  }
})
