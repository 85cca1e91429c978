import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startRawUpstream, type RawUpstream } from './raw-upstream.ts'
import { MESSAGES_REQUEST, startTestGateway, type TestGateway } from './test-gateway.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
const POSTS = 1_000
const CONCURRENCY = 8

interface RacingUpstream extends RawUpstream {
  /** Requests that were answered, and those that came on a connection just as it closed. */
  readonly counts: { executed: number; raced: number }
}

/** Answers the first request of a connection, and closes the connection, by turns with FIN and RST, when the next one comes. */
async function startRacingUpstream(): Promise<RacingUpstream> {
  const counts = { executed: 0, raced: 0 }
  const upstream = await startRawUpstream(async ({ socket, readRequest, count }) => {
    await readRequest()
    counts.executed++
    socket.write(ANSWER)
    socket.once('data', () => {
      counts.raced++
      if (count % 2 === 0) socket.resetAndDestroy()
      else socket.destroy()
    })
  })
  return { ...upstream, counts }
}

/** Sends many POSTs over a few client connections, without a retry of the client's, and counts the answers by status. */
async function postMany(gateway: TestGateway): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  let left = POSTS
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const response = await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)
      await response.text()
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return statuses
}

describe('1,000 POSTs against an upstream that closes idle connections exactly when a request comes', () => {
  test('stale-once loses none, and none is executed twice', { timeout: 60_000 }, async () => {
    const upstream = await startRacingUpstream()
    const gateway = await startTestGateway(upstream.url, { retry: 'stale-once' })
    expect(await postMany(gateway)).toEqual(new Map([[200, POSTS]]))
    expect(upstream.counts.raced).toBeGreaterThan(POSTS / 10)
    expect(upstream.counts.executed).toBe(POSTS)
    const retried = gateway.records.filter(({ attempts }) => attempts.length === 2)
    expect(retried).toHaveLength(upstream.counts.raced)
    for (const { attempts, fault } of retried) {
      expect(fault).toBeUndefined()
      expect(attempts).toMatchObject([
        { reused: true, fault: { kind: 'reused-closed' }, retry: 'stale', retryDelayMs: 0 },
        { reused: false, status: 200 },
      ])
    }
  })

  test('never loses each of them: the race is real', { timeout: 60_000 }, async () => {
    const upstream = await startRacingUpstream()
    const gateway = await startTestGateway(upstream.url, { retry: 'never' })
    const statuses = await postMany(gateway)
    expect(upstream.counts.raced).toBeGreaterThan(POSTS / 10)
    expect(statuses).toEqual(
      new Map([
        [200, POSTS - upstream.counts.raced],
        [502, upstream.counts.raced],
      ]),
    )
  })
})

describe('an upstream that executes the request of a reused connection, and then resets it', () => {
  /** The first request of the first connection is answered; the second is executed, and reset after `delayMs`. */
  async function startExecutingUpstream(delayMs: number): Promise<RawUpstream & { readonly executed: () => number }> {
    let executed = 0
    const upstream = await startRawUpstream(async ({ socket, readRequest, count }) => {
      for (let request = 1; ; request++) {
        await readRequest()
        executed++
        if (count === 1 && request === 2) {
          await sleep(delayMs) // the case itself: how long the upstream worked on it
          socket.resetAndDestroy()
          return
        }
        socket.write(ANSWER)
      }
    })
    return { ...upstream, executed: () => executed }
  }

  async function askTwice(gateway: TestGateway): Promise<number> {
    for (let count = 1; ; count++) {
      const response = await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)
      await response.text()
      if (count === 2) return response.status
      await gateway.record(1)
      await new Promise((resolve) => setImmediate(resolve)) // undici offers a connection a turn after its response
    }
  }

  test('after 5 ms: it is asked again, and the record says that the first may have been processed', async () => {
    const upstream = await startExecutingUpstream(5)
    const gateway = await startTestGateway(upstream.url, { retry: 'stale-once' })
    expect(await askTwice(gateway)).toBe(200)
    expect(upstream.executed()).toBe(3)
    const { attempts } = await gateway.record(2)
    expect(attempts[0]).toMatchObject({
      reused: true,
      retry: 'stale',
      fault: { kind: 'reused-closed', retrySafety: 'maybe-processed' },
    })
  })

  test('after 2 s: it is not asked again', async () => {
    const upstream = await startExecutingUpstream(2_000)
    const gateway = await startTestGateway(upstream.url, { retry: 'stale-once' })
    expect(await askTwice(gateway)).toBe(502)
    expect(upstream.executed()).toBe(2)
    expect((await gateway.record(2)).attempts).toMatchObject([
      { reused: true, fault: { kind: 'closed-before-headers', retrySafety: 'maybe-processed' } },
    ])
  })
})
