import type { UpstreamScripts, UpstreamStep } from '@stopbit/traces'
import { onTestFinished } from 'vitest'
import { loadTraces } from '../src/load-traces.ts'
import { Stage } from '../src/run/stage.ts'
import { startUpstream } from '../src/run/upstream-player.ts'

/** An upstream that plays a script on each of its connections, and what it records. */
export interface PlayedUpstream {
  readonly stage: Stage
  readonly port: number
  readonly caFile: string
}

/** Starts one over TLS, for a test that takes the target's place. Stopped at the test's end. */
export async function upstreamOf(http: '1.1' | '2', script: readonly UpstreamStep[]): Promise<PlayedUpstream> {
  const trace = loadTraces(['tls/complete'])[0]?.trace
  if (trace === undefined) throw new Error('no trace tls/complete')
  const upstream: UpstreamScripts = { tls: true, http, connections: [{ reuse: 'any', script }] }
  const stage = new Stage({ ...trace, upstream }, { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 }, undefined)
  const player = await startUpstream(stage)
  onTestFinished(player.close)
  return { stage, port: Number(new URL(player.url).port), caFile: player.caFile ?? '' }
}
