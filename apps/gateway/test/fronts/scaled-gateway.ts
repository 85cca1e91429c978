import type { ExchangeRecord } from '@stopbit/exchange'
import { SERVER_PRESETS } from '@stopbit/server-presets'
import { onTestFinished } from 'vitest'
import { readGatewayOptions } from '../../src/gateway-options.ts'
import { startGateway, type Gateway } from '../../src/start-gateway.ts'

/** Two seconds stand for sixty. */
export const SCALE: number = 1 / 30

/** A gateway with the preset for nginx, scaled. */
export interface ScaledGateway extends Gateway {
  readonly records: readonly ExchangeRecord[]
}

/** Starts a gateway whose times are those of the preset for nginx, scaled; stopped when the test is over. */
export async function startScaledGateway(
  upstreamUrl: string,
  drain: { readonly drainDelayMs: number; readonly drainDeadlineMs: number } = {
    drainDelayMs: 0,
    drainDeadlineMs: 100,
  },
): Promise<ScaledGateway> {
  const { nginx } = SERVER_PRESETS
  const flags = { upstreamUrl, listenPort: '0' }
  const listener = {
    ...nginx,
    keepAliveTimeout: nginx.keepAliveTimeout * SCALE,
    keepAliveTimeoutBuffer: Math.round(1_000 * SCALE),
    frontIdleMs: (nginx.frontIdleMs ?? 0) * SCALE,
  }
  const records: ExchangeRecord[] = []
  const gateway = await startGateway(
    { ...readGatewayOptions({ flags, environment: {} }), listener, ...drain },
    {
      onRecord: (record) => void records.push(record),
      onStall: () => undefined,
      onRefused: () => undefined,
      onDefect: (defect) => {
        throw defect
      },
    },
  )
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= gateway.stop())
  onTestFinished(stop)
  return Object.defineProperties(Object.create(gateway) as ScaledGateway, {
    records: { value: records },
    stop: { value: stop },
  })
}
