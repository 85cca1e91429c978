import { describe, expect, test } from 'vitest'
import { Bench } from './bench.ts'

describe('a request that cannot be carried', () => {
  test.each([
    ['a tunnel', { method: 'CONNECT', target: 'api.example:443' }, 400, 'no forward proxy'],
    ['a WebSocket', { method: 'GET', headers: ['Upgrade', 'h2c, websocket'] }, 426, 'does not speak WebSocket'],
  ])('is refused: %s', (_, request, status, words) => {
    const bench = new Bench({}, { request }).start({}, 'none')
    expect(bench.head?.status).toBe(status)
    expect(bench.sent).toContain(words)
    expect(bench.requests).toEqual([])
  })

  test('is none that only offers another protocol', () => {
    expect(new Bench({}, { request: { headers: ['Upgrade', 'h2c'] } }).start().requests).toHaveLength(1)
  })

  test.each(['body-consumed', 'body-unusable'] as const)('is a 500 whose cause only the record tells: %s', (misuse) => {
    const bench = new Bench()
    bench.exchange.misused(misuse)
    expect(bench.head?.status).toBe(500)
    expect(bench.sent).not.toMatch(/parser|option/)
    expect(bench.finished().record).toMatchObject({ ending: 'error-status', fault: { kind: 'internal' } })
    expect(bench.record?.misuse).toMatch(/"body"/)
  })

  test('is left as it is where a response has begun, and nothing of it matters once it was sent', () => {
    const begun = new Bench()
    begun.exchange.misused('response-begun')
    expect(begun.calls).toEqual(['leave incomplete'])
    begun.exchange.downstreamGone()
    expect(begun.record).toMatchObject({ ending: 'incomplete', fault: { kind: 'internal' } })
    const sent = new Bench().start()
    sent.exchange.misused('response-begun')
    expect(sent.calls).toEqual(['attempt 1'])
  })
})
