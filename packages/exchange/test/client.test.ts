import { describe, expect, test } from 'vitest'
import { LiveExchanges } from '../src/live-exchanges.ts'
import { Bench } from './bench.ts'
import { ANTHROPIC, BLOCK, DELTA, SSE, START } from './streams.ts'

describe('a client that goes', () => {
  test.each(['accepting', 'asking', 'holding', 'committed', 'holding JSON'])(
    'while %s has its upstream closed at once',
    (phase) => {
      const bench = new Bench()
      if (phase !== 'accepting') bench.start()
      if (phase === 'holding JSON') bench.answer(200, ['content-type', 'application/json']).chunk('{')
      else if (phase === 'holding' || phase === 'committed') bench.answer(200)
      if (phase === 'committed') bench.chunk(START + DELTA)
      bench.exchange.downstreamGone()
      expect(bench.calls.slice(-2)).toEqual(phase === 'accepting' ? ['settled'] : ['abort upstream', 'settled'])
      expect(bench.record).toMatchObject({ ending: 'client-gone', clientGone: true, fault: { kind: 'client-gone' } })
      expect(bench.memory.heldBytes).toBe(0)
    },
  )

  test('before it took the end of its answer is noted', () => {
    const bench = new Bench().streaming(START, BLOCK, DELTA).fail()
    bench.exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'error', clientGone: true })
    const draining = new Bench().streaming(...ANTHROPIC.opening, DELTA, ...ANTHROPIC.finish)
    draining.exchange.downstreamGone()
    expect(draining.record).toBeUndefined() // the upstream's connection may still be of use
    expect(draining.endBody().record).toMatchObject({ ending: 'completed', clientGone: true })
    const late = new Bench().streaming(...ANTHROPIC.opening, DELTA, ...ANTHROPIC.finish).finished()
    late.exchange.downstreamGone()
    expect(late.endBody().record).toMatchObject({ ending: 'completed', clientGone: false })
  })

  test('leaves the upstream to be read to its end with drain', () => {
    const bench = new Bench({ onClientGone: 'drain' }).streaming(START, BLOCK, DELTA)
    bench.exchange.downstreamGone()
    expect(bench.calls.at(-1)).toBe('resume')
    bench
      .pass(59_000)
      .chunk(DELTA, ...ANTHROPIC.finish)
      .endBody()
    expect(bench.record).toMatchObject({ ending: 'client-gone', drained: 'whole', clientGone: true })
    expect(bench.sent).toBe(START + BLOCK + DELTA)
    expect(bench.record?.droppedBytes).toBe([DELTA, ...ANTHROPIC.finish].join('').length)
    expect(new Bench().streaming(START).fail().finished().record).not.toHaveProperty('drained')
  })

  test.each([
    ['60 s', (bench: Bench) => bench.pass(60_000)],
    ['16 MiB', (bench: Bench) => bench.chunk('x'.repeat(16 * 1024 * 1024), 'x')],
    ['its failure', (bench: Bench) => bench.fail()],
  ])('with drain is read on for no more than %s', (_, act) => {
    const bench = new Bench({ onClientGone: 'drain' }).streaming(START, BLOCK, DELTA)
    bench.exchange.downstreamGone()
    act(bench)
    expect(bench.record).toMatchObject({ ending: 'client-gone', drained: 'cut' })
    expect(bench.isUnderWay).toBe(false)
  })

  test('with drain and no answer yet is read on, too, and gets nothing written', () => {
    const bench = new Bench({ onClientGone: 'drain', heartbeatMs: 100 }).start()
    bench.exchange.downstreamGone()
    bench
      .answer(200, SSE)
      .chunk(...ANTHROPIC.opening)
      .endBody()
    expect(bench.record).toMatchObject({ ending: 'client-gone', drained: 'whole' })
    expect(bench.head).toBeUndefined()
  })

  test('with drain is no client that could catch up', () => {
    const bench = new Bench({ onClientGone: 'drain', heartbeatMs: 100 }).streaming(START, BLOCK)
    bench.keepsUp = false
    bench.chunk(DELTA)
    bench.exchange.downstreamGone()
    bench.exchange.downstreamDrained()
    bench.exchange.downstreamProgressed()
    expect(bench.pass(1_000).sent).toBe(START + BLOCK + DELTA)
    expect(bench.endBody().record).toMatchObject({ drained: 'whole' })
  })
})

describe('a client that does not read', () => {
  test('pauses the upstream, and is let go after downstreamStallMs; idle stands still meanwhile', () => {
    const bench = new Bench({ idleTimeoutMs: 1_000, downstreamStallMs: 5_000 }).streaming(START, BLOCK)
    bench.keepsUp = false
    bench.chunk(DELTA)
    expect(bench.calls.at(-1)).toBe('pause')
    bench.pass(4_999)
    expect(bench.calls.at(-1)).toBe('pause')
    bench.pass(1)
    expect(bench.calls.at(-1)).toBe('abort downstream')
    bench.exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'client-gone', clientStalled: true })
  })

  test('is watched while it takes the end of its answer, and each drain is progress', () => {
    const bench = new Bench({ downstreamStallMs: 1_000 }).streaming(START, BLOCK)
    bench.keepsUp = false
    bench.chunk(DELTA).fail()
    bench.pass(900).exchange.downstreamDrained()
    bench.pass(999)
    expect(bench.calls).not.toContain('abort downstream')
    expect(bench.pass(1).calls).toContain('abort downstream')
    bench.exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'error', clientGone: true, clientStalled: true })
  })

  test('but makes progress is not let go', () => {
    const bench = new Bench({ downstreamStallMs: 1_000, idleTimeoutMs: 60_000 }).streaming(START, BLOCK)
    bench.keepsUp = false
    bench.chunk(DELTA)
    for (let i = 0; i < 10; i++) bench.pass(900).exchange.downstreamProgressed()
    expect(bench.calls).not.toContain('abort downstream')
    bench.pass(1_000).exchange.downstreamGone()
    expect(bench.record).toMatchObject({ ending: 'client-gone', clientStalled: true })
  })

  test('pauses the upstream once, however much was read already, and only a pause is undone', () => {
    const bench = new Bench().streaming(START, BLOCK)
    bench.exchange.downstreamDrained()
    bench.keepsUp = false
    bench.chunk(DELTA, DELTA, DELTA)
    bench.keepsUp = true
    bench.exchange.downstreamDrained()
    bench.exchange.downstreamDrained()
    expect(bench.calls).toEqual(['attempt 1', 'head 200', 'pause', 'resume'])
  })

  test('lets a Gemini stream that has finished wait for its usage: finishGrace stands still', () => {
    const target = '/v1beta/models/m:streamGenerateContent?alt=sse'
    const bench = new Bench({ finishGraceMs: 1_000 }, { request: { target } }).start({ choiceCount: 1 }).answer(200)
    bench.keepsUp = false
    bench.chunk('data: {"candidates":[{"content":{"parts":[{"text":"a"}]},"index":0,"finishReason":"STOP"}]}\r\n\r\n')
    expect(bench.pass(30_000).calls).not.toContain('end')
    bench.keepsUp = true
    bench.exchange.downstreamDrained()
    bench.chunk('data: {"usageMetadata":{}}\r\n\r\n')
    expect(bench.pass(1_000).calls).toContain('end')
    expect(bench.sent).toContain('usageMetadata')
  })
})

test('finish() of LiveExchanges ends all that is under way, and idle() tells when', async () => {
  const live = new LiveExchanges()
  const benches = [new Bench().streaming(START, BLOCK, DELTA), new Bench().start(), new Bench()]
  const entries = benches.map((bench) => live.add(bench.exchange))
  expect(live.liveCount).toBe(3)
  let isIdle = false
  const idle = live.idle().then(() => (isIdle = true))
  live.finish()
  expect(benches.map((bench) => bench.head?.status)).toEqual([200, 529, 529])
  for (const [i, bench] of benches.entries()) {
    expect(isIdle).toBe(false)
    expect(bench.finished().record).toMatchObject({ fault: { kind: 'aborted-by-us' } })
    live.delete(entries[i] ?? expect.unreachable())
  }
  await idle
  await live.idle()
  expect(live.liveCount).toBe(0)
})
