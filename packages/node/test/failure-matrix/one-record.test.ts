import { once } from 'node:events'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import type { ExchangeRecord } from '@stopbit/exchange'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  chunk,
  connectRaw,
  handlerFor,
  listen,
  OPENING,
  post,
  startRawUpstream,
  STREAM_HEAD,
  type Peer,
} from '../sockets.ts'
import { CASES, expectationOf } from './matrix.ts'
import { runCase } from './run-case.ts'

/** Everything that the process told of exchanges that were over, by their ids. */
const told = new Map<string, ExchangeRecord[]>()
const hear = (message: unknown): void => {
  const record = message as ExchangeRecord
  told.set(record.id, [...(told.get(record.id) ?? []), record])
}
beforeAll(() => subscribe('stopbit:exchange', hear))
afterAll(() => void unsubscribe('stopbit:exchange', hear))

/** The kinds that a test of this file has seen, each in exactly one record. */
const seen = new Set<string | undefined>()

function expectOne(record: ExchangeRecord): void {
  expect(told.get(record.id)).toEqual([record])
  seen.add(record.fault?.kind)
}

describe.concurrent('an exchange with an upstream that fails leaves exactly one record, with its cause', () => {
  test.each(CASES.filter(({ policy }) => policy === 'never'))('$name', { timeout: 15_000 }, async (testCase) => {
    const expected = expectationOf(testCase)
    const { record } = await runCase(testCase.row, testCase.asked, testCase.policy)
    expectOne(record)
    const kinds = expected.faults.map(({ kind }) => kind)
    if (kinds.length === 0) expect(record.fault).toBeUndefined()
    else expect(kinds).toContain(record.fault?.kind)
  })
})

/** An upstream that begins a stream and says no more, and is told of as soon as the stream has begun. */
function startSilent(begun: () => void): Promise<URL> {
  return startRawUpstream(async ({ socket, until }: Peer) => {
    await until(/\r\n\r\n/)
    socket.write(STREAM_HEAD + chunk(OPENING), begun)
  })
}

describe('what is not the upstream’s doing leaves exactly one record, too', () => {
  test('client-gone: the client leaves within the stream', async () => {
    const { handler, record } = handlerFor(await startSilent(() => undefined))
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.write(post('{"stream":true}'))
    await client.until(/Hello/)
    client.socket.resetAndDestroy()
    expectOne(await record())
    expect((await record()).fault?.kind).toBe('client-gone')
  })

  test('aborted-by-us: the listener closes', async () => {
    const { handler, record } = handlerFor(await startSilent(() => undefined))
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.write(post('{"stream":true}'))
    await client.until(/Hello/)
    handler.finish()
    expectOne(await record())
    expect((await record()).fault?.kind).toBe('aborted-by-us')
  })

  test('progress-timeout: the upstream sends nothing but pings', async () => {
    const url = await startRawUpstream(async ({ socket, until }) => {
      await until(/\r\n\r\n/)
      socket.write(STREAM_HEAD + chunk(OPENING))
      const pings = setInterval(() => socket.write(chunk('event: ping\ndata: {"type":"ping"}\n\n')), 20)
      await once(socket, 'close')
      clearInterval(pings)
    })
    const { handler, record } = handlerFor(url, { exchange: { progressTimeoutMs: 150 } })
    const client = await connectRaw(await listen((request, response) => void handler(request, response)))
    client.socket.write(post('{"stream":true}'))
    expectOne(await record())
    expect((await record()).fault?.kind).toBe('progress-timeout')
  })

  test('pool-full: every connection is taken', async () => {
    const begun = Promise.withResolvers<void>()
    const url = await startSilent(() => begun.resolve())
    const { handler, record } = handlerFor(url, {
      upstream: { url, maxConnections: 1 },
      exchange: { poolWaitMs: 30, retry: 'never' },
    })
    const port = await listen((request, response) => void handler(request, response))
    const first = await connectRaw(port)
    first.socket.write(post('{"stream":true}'))
    await begun.promise
    const second = await connectRaw(port)
    second.socket.write(post('{"stream":true}'))
    expectOne(await record())
    expect((await record()).fault?.kind).toBe('pool-full')
    handler.finish()
    expectOne(await record(2))
  })

  test('breaker-open: nearly every attempt of the last time failed', async () => {
    const url = await startRawUpstream(({ socket }) => void socket.resetAndDestroy())
    const { handler } = handlerFor(url, {
      upstream: { url, breaker: { windowMs: 200, minAttempts: 5, openMs: 5_000 } },
      exchange: { retry: 'never' },
    })
    const settled: Promise<ExchangeRecord>[] = []
    const port = await listen((request, response) => void settled.push(handler(request, response)))
    let record: ExchangeRecord | undefined
    // Failures have to come in half of the window's slices before it opens: a bounded number of them.
    for (let i = 0; i < 500 && record?.fault?.kind !== 'breaker-open'; i++) {
      const client = await connectRaw(port)
      client.socket.write(post('{}', 'connection: close'))
      await client.over()
      record = await settled[i]
      if (record !== undefined) expectOne(record)
    }
    expect(record?.fault?.kind).toBe('breaker-open')
  })

  test('internal: the application has taken the response', async () => {
    const { handler, record } = handlerFor(await startSilent(() => undefined))
    const port = await listen((request, response: ServerResponse) => {
      request.resume().once('end', () => void handler(request, response))
    })
    const client = await connectRaw(port)
    client.socket.write(post('{}'))
    expectOne(await record())
    expect((await record()).fault?.kind).toBe('internal')
  })
})

test('every kind of fault was told in a record', () => {
  const kinds = new Set([...told.values()].flat().map(({ fault }) => fault?.kind))
  expect(seen).toEqual(kinds)
  // All 25, and undefined: the rows in which nothing is lost.
  expect(kinds).toContain(undefined)
  expect(kinds.size).toBe(26)
})
