import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExchangeRecord } from '@stopbit/exchange'
import { createHandler } from '../../src/index.ts'
import { requestBody } from './answers.ts'
import { ask, type RawResponse } from './raw-client.ts'
import { readClient, type ClientView } from './read-client.ts'
import type { Asked, FailingUpstream, Policy, Row } from './row.ts'

/** What became of one case: what the client got, and what the operator. */
export interface Outcome {
  readonly client: ClientView
  readonly response: RawResponse
  readonly record: ExchangeRecord
  /** How often the fault was made, and how many requests the upstream read. */
  readonly fired: number
  readonly requests: number
  readonly attested: FailingUpstream['attested']
}

/** A back-off that is over at once: how long it is, is no claim of this matrix. */
const RETRY_BACKOFF_MS = 1

/** Runs one row: a failing upstream, our handler on a real server in front of it, and a client on a socket. */
export async function runCase(row: Row, asked: Asked, policy: Policy): Promise<Outcome> {
  const data = Promise.withResolvers<void>()
  const failsAt = row.reused === true ? 2 : 1
  const upstream = await row.start({ asked, failsAt, clientHasData: data.promise })
  const exchanges: Promise<ExchangeRecord>[] = []
  const handler = createHandler({
    upstream: {
      url: upstream.url,
      ca: upstream.ca,
      connectTimeoutMs: row.connectTimeoutMs,
      ...(row.wire === 'h2' && { allowH2: true }),
    },
    exchange: { ...row.limits, retryBackoffMs: RETRY_BACKOFF_MS, ...(policy === 'never' && { retry: 'never' }) },
  })
  const server = createServer((request, response) => void exchanges.push(handler(request, response)))
  try {
    const port = await listen(server)
    const request = { port, method: row.method ?? 'POST', body: requestBody(asked, row.uploadBytes) } as const
    if (row.reused === true) {
      const first = await ask(request)
      if (first.status !== 200) throw new Error(`The exchange before the fault got a ${first.status}`)
      await exchanges[0]
      await nextTurn()
    }
    const response = await ask({ ...request, onBody: () => data.resolve() })
    const record = await exchanges[failsAt - 1]
    if (record === undefined) throw new Error('There is no record')
    const { fired, requests, attested } = upstream
    return { client: readClient(response, asked), response, record, fired: fired(), requests: requests(), attested }
  } finally {
    data.resolve()
    server.closeAllConnections()
    server.close()
    await handler.close()
    await upstream.close()
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** undici offers a connection again in the turn after its response. */
async function nextTurn(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve))
}
