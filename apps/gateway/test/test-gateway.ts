import type { ExchangeRecord, StallWarning } from '@stopbit/exchange'
import { expect, onTestFinished } from 'vitest'
import { readGatewayOptions } from '../src/gateway-options.ts'
import type { RefusedRequest } from '../src/refuse-strangers.ts'
import { startGateway } from '../src/start-gateway.ts'

/** A gateway in this process, and the records that it has left. */
export interface TestGateway {
  readonly url: string
  readonly port: number
  readonly records: readonly ExchangeRecord[]
  readonly warnings: readonly StallWarning[]
  readonly refused: readonly RefusedRequest[]
  /** The record of the n-th exchange (from 1) that ends; waits for it. */
  record(n: number): Promise<ExchangeRecord>
  stop(): Promise<void>
}

/** Starts a gateway in front of `upstreamUrl`, with options by name as the environment would give them. */
export async function startTestGateway(
  upstreamUrl: string,
  options: Readonly<Record<string, string>> = {},
): Promise<TestGateway> {
  const records: ExchangeRecord[] = []
  const warnings: StallWarning[] = []
  const refused: RefusedRequest[] = []
  const defects: Error[] = []
  onTestFinished(() => expect(defects).toEqual([]))
  const waiting: { n: number; resolve: (record: ExchangeRecord) => void }[] = []
  const flags = {
    upstreamUrl,
    listenPort: '0',
    drainDeadlineMs: '1',
    retry: 'stale-once',
    retryBackoffMs: '20',
    ...options,
  }
  const gateway = await startGateway(readGatewayOptions({ flags, environment: {} }), {
    onRecord: (record) => {
      records.push(record)
      for (const { n, resolve } of waiting) if (n === records.length) resolve(record)
    },
    onStall: (warning) => warnings.push(warning),
    onRefused: (request) => refused.push(request),
    onDefect: (defect) => defects.push(defect),
  })
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= gateway.stop())
  onTestFinished(stop)
  return {
    url: `http://127.0.0.1:${gateway.port}`,
    port: gateway.port,
    records,
    warnings,
    refused,
    record(n) {
      const record = records[n - 1]
      return record === undefined ? new Promise((resolve) => waiting.push({ n, resolve })) : Promise.resolve(record)
    },
    stop,
  }
}

/** A Messages request as a client would send it. */
export const MESSAGES_REQUEST = {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-api-key': 'sk-test-canary' },
  body: JSON.stringify({
    model: 'claude',
    max_tokens: 100,
    stream: true,
    messages: [{ role: 'user', content: 'a prompt canary' }],
  }),
} as const
