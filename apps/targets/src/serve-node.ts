import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OptionError } from '@stopbit/exchange'
import type { HandlerOptions } from '@stopbit/node'
import { applyServerPreset, createDrain, SERVER_PRESETS, type Finishable } from '@stopbit/server-presets'
import { readTargetOptions, type TargetOptions } from './target-options.ts'

type Versions = Readonly<Record<string, string>>

/** Reads the contract's environment, or ends the process with exit code 2 and the reason on stderr. */
export function readOptionsOrExit(limits: Parameters<typeof readTargetOptions>[1]): TargetOptions {
  try {
    return readTargetOptions(process.env, limits)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(2)
  }
}

/** How a target whose connections are Stopbit's own reaches its upstream: over TLS also by HTTP/2, if that is what it speaks. */
export function upstreamOf({
  upstreamUrl: url,
  connectTimeoutMs,
  upstreamCaFile,
}: TargetOptions): HandlerOptions['upstream'] {
  const ca = upstreamCaFile === undefined ? undefined : readFileSync(upstreamCaFile, 'utf8')
  return { url, connectTimeoutMs, ca, allowH2: true }
}

/** Sets the listener's limits as the contract says them, also for a server that a framework has made. */
export function setListenerLimits(server: Server, { listenerKeepaliveMs }: TargetOptions): void {
  const { keepAliveTimeout, ...preset } = SERVER_PRESETS.loopback
  applyServerPreset(server, { ...preset, keepAliveTimeout: listenerKeepaliveMs ?? keepAliveTimeout })
}

/** Says on stdout that the target accepts connections, and what it runs on. */
export function sayReady(port: number, versions: Versions): void {
  process.stdout.write(`STOPBIT_READY ${JSON.stringify({ port, versions })}\n`)
}

/** Of Node, and of the dependencies that are named: this package pins them. */
export function nodeVersions(...dependencies: readonly string[]): Versions {
  return { node: process.versions.node, ...pinnedVersions(...dependencies) }
}

export function pinnedVersions(...dependencies: readonly string[]): Versions {
  const { dependencies: pinned } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly dependencies: Versions
  }
  return Object.fromEntries(dependencies.map((name) => [name, pinned[name] ?? 'unknown']))
}

/** Listens until SIGTERM; then drains the server and `exchanges`, which it serves, and ends the process. */
export function serveNode(server: Server, options: TargetOptions, exchanges: Finishable, versions: Versions): void {
  setListenerLimits(server, options)
  const drain = createDrain(server, options)
  drain.register(exchanges)
  process.once('SIGTERM', () => void drain.start().then(() => process.exit(0)))
  server.listen(options.listenPort, options.listenHost, () =>
    sayReady((server.address() as AddressInfo).port, versions),
  )
}
