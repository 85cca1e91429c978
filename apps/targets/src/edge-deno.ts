// @stopbit/edge in Deno. Its listener has no limit for idle connections.
import { createFetchHandler } from '@stopbit/edge'
import { drainFetchHandler } from './drain-fetch-handler.ts'
import { EDGE_LIMITS, readTargetOptions } from './target-options.ts'

interface DenoListener {
  readonly port: number
  readonly hostname: string
  readonly onListen: (address: { readonly port: number }) => void
}
declare const Deno: {
  readonly version: { readonly deno: string }
  readonly env: { toObject(): Readonly<Record<string, string>> }
  readonly stdout: { writeSync(bytes: Uint8Array): number }
  serve(listener: DenoListener, handler: unknown): { shutdown(): Promise<void> }
  addSignalListener(signal: 'SIGTERM', listener: () => void): void
  exit(code: number): never
}

const options = readTargetOptions(Deno.env.toObject(), EDGE_LIMITS)
const { upstreamUrl: url, credential, exchange, listenPort: port, listenHost: hostname } = options
const handler = createFetchHandler({ upstream: { url }, credential, exchange })
const server = Deno.serve({ port, hostname, onListen: (address) => sayReady(address.port) }, (request: Request) =>
  handler(request),
)
Deno.addSignalListener('SIGTERM', () => {
  void server.shutdown()
  void drainFetchHandler(handler)(options.drainDeadlineMs).then(() => Deno.exit(0))
})

function sayReady(listening: number): void {
  const ready = { port: listening, versions: { deno: Deno.version.deno } }
  Deno.stdout.writeSync(new TextEncoder().encode(`STOPBIT_READY ${JSON.stringify(ready)}\n`))
}
