// What every peer has in common: where its upstream is, where it listens, and the line that says so.
import type { AddressInfo, Server } from 'node:net'

/** Origin of the upstream. */
export const upstream: URL = new URL(process.env['UPSTREAM_URL'] ?? '')
export const host = '127.0.0.1'
/** 0 is any free port. */
export const port: number = Number(process.env['PORT'] ?? 0)

export function listen(server: Server): void {
  server.listen({ port, host, backlog: 4096 }, () => sayReady((server.address() as AddressInfo).port))
}

export function sayReady(listening: number): void {
  process.stdout.write(`READY ${listening}\n`)
}
