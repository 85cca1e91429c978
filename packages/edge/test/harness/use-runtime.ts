import { afterAll, beforeAll } from 'vitest'
import type { RawClient } from './client.ts'
import { startRuntime, type Runtime, type RuntimeName } from './start-runtime.ts'
import { startUpstream, type Upstream } from './upstream.ts'

/** What the tests of one runtime share. The getters hold from the first test on. */
export interface RuntimeInUse {
  readonly upstream: Upstream
  readonly runtime: Runtime
  /** The record of an exchange, as the program in the runtime tells it. */
  readonly recordOf: (client: RawClient) => Promise<Record<string, unknown>>
}

/** Starts a runtime and its upstream for the tests of the `describe` that calls it, and stops both behind them. */
export function useRuntime(name: RuntimeName): RuntimeInUse {
  let upstream: Upstream
  let runtime: Runtime
  beforeAll(async () => {
    upstream = await startUpstream()
    const gone = await startUpstream()
    await gone.close()
    runtime = await startRuntime(name, { UPSTREAM_URL: upstream.url, REFUSED_URL: gone.url })
  }, 20_000)
  afterAll(async () => {
    runtime?.stop()
    await upstream.close()
  })
  return {
    get upstream() {
      return upstream
    },
    get runtime() {
      return runtime
    },
    recordOf: async ({ id }) => {
      const line = await runtime.line((text) => text.startsWith('RECORD ') && text.includes(id))
      return JSON.parse(line.slice('RECORD '.length)) as Record<string, unknown>
    },
  }
}
