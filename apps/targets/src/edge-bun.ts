// @stopbit/edge in Bun. Its listener has no limit for idle connections that leaves running ones alone.
import { createFetchHandler } from '@stopbit/edge'
import { drainFetchHandler } from './drain-fetch-handler.ts'
import { EDGE_LIMITS, readTargetOptions } from './target-options.ts'

interface BunServer {
  readonly port: number
  stop(): Promise<void>
}
declare const Bun: {
  readonly version: string
  readonly env: Readonly<Record<string, string>>
  serve(options: { readonly port: number; readonly hostname: string; readonly fetch: unknown }): BunServer
}

const options = readTargetOptions(Bun.env, EDGE_LIMITS)
const { upstreamUrl: url, credential, exchange, listenPort: port, listenHost: hostname } = options
const handler = createFetchHandler({ upstream: { url }, credential, exchange })
const server = Bun.serve({ port, hostname, fetch: handler })
process.once('SIGTERM', () => {
  void server.stop()
  void drainFetchHandler(handler)(options.drainDeadlineMs).then(() => process.exit(0))
})
process.stdout.write(`STOPBIT_READY ${JSON.stringify({ port: server.port, versions: { bun: Bun.version } })}\n`)
