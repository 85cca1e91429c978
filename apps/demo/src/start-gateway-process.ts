import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RunningProxy } from './start-plain-proxy.ts'

const GATEWAY = fileURLToPath(new URL('../../gateway/src/main.ts', import.meta.url))

/** Starts `stopbit gateway` as a process of its own, as a person would. Rejects with what it said if it does not start. */
export function startGatewayProcess(upstreamUrl: string): Promise<RunningProxy> {
  const args = ['--conditions=@stopbit/source', GATEWAY, 'gateway', '--upstream', upstreamUrl, '--port', '0']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The gateway ended with ${code} before it was ready:\n${said}`)))
    child.stdout.once('data', (data: Buffer) => {
      const port = /^STOPBIT_READY \{"port":(\d+)\}/.exec(data.toString())?.[1]
      if (port === undefined)
        reject(new Error(`The gateway said something else than that it is ready: ${data.toString()}`))
      else resolve({ url: `http://127.0.0.1:${port}`, close: () => void child.kill() })
    })
  })
}
