import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Limits } from '@stopbit/traces'
import { onTestFinished } from 'vitest'

const MAIN = fileURLToPath(new URL('../../../apps/gateway/src/main.ts', import.meta.url))

/** Starts `stopbit gateway` as a process of its own, and answers with its port. Killed when the test is over. */
export async function startGateway(upstreamUrl: string, limits: Limits): Promise<number> {
  const options = { upstreamUrl, listenPort: 0, adminPort: 'off', retry: 'stale-once', ...limits }
  const variables = Object.entries(options).map(([name, value]) => [
    `STOPBIT_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
    String(value),
  ])
  const child = spawn(process.execPath, ['--conditions=@stopbit/source', MAIN, 'gateway'], {
    env: { PATH: process.env['PATH'], ...Object.fromEntries(variables) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^STOPBIT_READY \{"port":(\d+)/.exec(line)?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error(`The gateway ended before it was ready:\n${said}`)
}
