import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startRawUpstream, type RawUpstream } from './raw-upstream.ts'
import { MESSAGES_REQUEST, startTestGateway, type TestGateway } from './test-gateway.ts'

const REPLAYABLE = { retry: 'replayable', retryBackoffMs: '40' }

interface FailingUpstream extends RawUpstream {
  /** When each request was here, whole. */
  readonly askedAt: number[]
}

/** Reads each request, and answers with the given bytes, or with a reset. */
async function startFailingUpstream(answer?: string): Promise<FailingUpstream> {
  const askedAt: number[] = []
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    for (;;) {
      await readRequest()
      askedAt.push(performance.now())
      if (answer === undefined) return void socket.resetAndDestroy()
      socket.write(answer)
    }
  })
  return { ...upstream, askedAt }
}

function errorAnswer(status: number, more = ''): string {
  const body = '{"type":"error","error":{"type":"overloaded_error","message":"busy"}}'
  return `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`
}

async function post(gateway: TestGateway, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const response = await fetch(`${gateway.url}/v1/messages`, {
    ...MESSAGES_REQUEST,
    headers: { ...MESSAGES_REQUEST.headers, ...headers },
  })
  await response.clone().text()
  return response
}

describe('an upstream that fails every time', () => {
  test('is asked at most twice with a whole request, and the client gets the last failure', async () => {
    const upstream = await startFailingUpstream()
    const gateway = await startTestGateway(upstream.url, REPLAYABLE)
    expect((await post(gateway)).status).toBe(502)
    expect(upstream.askedAt).toHaveLength(2)
    const { attempts } = await gateway.record(1)
    expect(attempts).toMatchObject([{ retry: 'replay' }, { fault: { kind: 'closed-before-headers' } }])
  })

  test('and takes no connection is tried three times, with growing gaps', async () => {
    const gateway = await startTestGateway('http://127.0.0.1:1', REPLAYABLE)
    expect((await post(gateway)).status).toBe(502)
    const { attempts } = await gateway.record(1)
    expect(attempts.map(({ fault }) => fault?.kind)).toEqual(['refused', 'refused', 'refused'])
    const [first = 0, second = 0] = attempts.map(({ retryDelayMs }) => retryDelayMs)
    expect(first).toBeGreaterThanOrEqual(40)
    expect(first).toBeLessThanOrEqual(80)
    expect(second).toBeGreaterThanOrEqual(80)
    expect(second).toBeLessThanOrEqual(160)
  })

  test('gets at most 10 % more requests from 200 parallel clients, or 3 in each second', async () => {
    const upstream = await startFailingUpstream()
    const gateway = await startTestGateway(upstream.url, REPLAYABLE)
    const startedAt = performance.now()
    const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await post(gateway)).status))
    const seconds = Math.ceil((performance.now() - startedAt) / 1_000) + 1 // parts of the first and of the last one
    expect(new Set(statuses)).toEqual(new Set([502]))
    const extra = upstream.askedAt.length - 200
    expect(extra).toBeGreaterThan(0)
    expect(extra).toBeLessThanOrEqual(20 + 3 * seconds)
  })
})

describe('an answer that asks for patience', () => {
  test("retry-after: 3600 arrives unchanged and at once, with the upstream's own error", async () => {
    const upstream = await startFailingUpstream(errorAnswer(529, 'retry-after: 3600\r\n'))
    const gateway = await startTestGateway(upstream.url, REPLAYABLE)
    const response = await post(gateway)
    expect(response.status).toBe(529)
    expect(response.headers.get('retry-after')).toBe('3600')
    expect(await response.json()).toMatchObject({ error: { message: 'busy' } })
    expect(upstream.askedAt).toHaveLength(1)
    expect((await gateway.record(1)).durationMs).toBeLessThan(5_000)
  })

  test('is retried without one, and with x-should-retry: false it is not', async () => {
    const patient = await startFailingUpstream(errorAnswer(529))
    expect((await post(await startTestGateway(patient.url, REPLAYABLE))).status).toBe(529)
    expect(patient.askedAt).toHaveLength(2)

    const final = await startFailingUpstream(errorAnswer(529, 'x-should-retry: false\r\n'))
    const response = await post(await startTestGateway(final.url, REPLAYABLE))
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(final.askedAt).toHaveLength(1)
  })

  test('is not retried for a client that retries itself: x-stainless-retry-count', async () => {
    const upstream = await startFailingUpstream()
    const gateway = await startTestGateway(upstream.url, REPLAYABLE)
    await post(gateway, { 'x-stainless-retry-count': '1' })
    expect(upstream.askedAt).toHaveLength(1)
  })
})

describe('a client that leaves', () => {
  /** Sends half an answer, waits for the upstream's socket to close, and tells how long that took. */
  async function startLeftUpstream(): Promise<
    RawUpstream & { readonly half: Promise<void>; readonly closed: Promise<number> }
  > {
    const half = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<number>()
    const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
      await readRequest()
      socket.once('close', () => closed.resolve(performance.now()))
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
      half.resolve()
      for (let i = 0; i < 20 && !socket.destroyed; i++) {
        socket.write('5\r\n: ka\n\r\n')
        await sleep(100)
      }
      socket.end('0\r\n\r\n')
    })
    return { ...upstream, half: half.promise, closed: closed.promise }
  }

  async function leave(upstreamUrl: string, half: Promise<void>, onClientGone: string): Promise<[number, TestGateway]> {
    const gateway = await startTestGateway(upstreamUrl, { onClientGone })
    const leaving = new AbortController()
    const asked = fetch(`${gateway.url}/v1/messages`, { ...MESSAGES_REQUEST, signal: leaving.signal }).catch(
      () => 'left',
    )
    await half
    leaving.abort()
    const leftAt = performance.now()
    expect(await asked).toBe('left')
    return [leftAt, gateway]
  }

  test('has its upstream closed within a second', async () => {
    const upstream = await startLeftUpstream()
    const [leftAt, gateway] = await leave(upstream.url, upstream.half, 'abort')
    expect((await upstream.closed) - leftAt).toBeLessThan(1_000)
    expect(await gateway.record(1)).toMatchObject({ ending: 'client-gone', clientGone: true })
    expect(await gateway.record(1)).not.toHaveProperty('drained')
  })

  test('has its upstream read to the end with drain, and the record says so', async () => {
    const upstream = await startLeftUpstream()
    const [, gateway] = await leave(upstream.url, upstream.half, 'drain')
    expect(await gateway.record(1)).toMatchObject({ ending: 'client-gone', clientGone: true, drained: 'whole' })
  })
})
