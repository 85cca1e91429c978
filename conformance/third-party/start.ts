// What every program in this folder has in common: the contract's variables, and the line that says ready.
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Origin of the upstream, without a path. */
export const upstream: string = process.env['STOPBIT_UPSTREAM_URL'] ?? ''
export const host: string = process.env['STOPBIT_LISTEN_HOST'] ?? '127.0.0.1'
export const headersTimeoutMs: number = milliseconds('STOPBIT_HEADERS_TIMEOUT_MS')
export const idleTimeoutMs: number = milliseconds('STOPBIT_IDLE_TIMEOUT_MS')
export const connectTimeoutMs: number = milliseconds('STOPBIT_CONNECT_TIMEOUT_MS')

/** Listens, says ready with the versions of the packages that are named, and ends the process at SIGTERM. */
export function serve(server: Server, ...packages: readonly string[]): void {
  setListenerLimits(server)
  server.listen(0, host, () => sayReady(server, ...packages))
  process.once('SIGTERM', () => process.exit(0))
}

export function setListenerLimits(server: Server): void {
  server.keepAliveTimeout = milliseconds('STOPBIT_LISTENER_KEEPALIVE_MS')
  server.keepAliveTimeoutBuffer = 0
}

export function sayReady(server: Server, ...packages: readonly string[]): void {
  const { port } = server.address() as AddressInfo
  const { devDependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const versions = Object.fromEntries(packages.map((name) => [name, devDependencies[name]]))
  process.stdout.write(
    `STOPBIT_READY ${JSON.stringify({ port, versions: { ...versions, node: process.versions.node } })}\n`,
  )
}

function milliseconds(name: string): number {
  return Number(process.env[name] ?? Number.NaN)
}
