import { once } from 'node:events'
import { createServer, request as requestUpstream } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy that listens. */
export interface RunningProxy {
  readonly url: string
  close(): void
}

/**
 * The proxy that most Node gateways have inside: pipe both ways, answer 502 before the head, and `destroy` after it. It is
 * here as it is written elsewhere; nothing of it is made worse than it is.
 */
export async function startPlainProxy(upstreamUrl: string): Promise<RunningProxy> {
  const server = createServer((request, response) => {
    const { host: _host, ...headers } = request.headers
    const upstream = requestUpstream(new URL(request.url ?? '/', upstreamUrl), { method: request.method, headers })
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('error', (error) => response.destroy(error))
      answer.pipe(response)
    })
    upstream.on('error', (error) => {
      if (response.headersSent) response.destroy(error)
      else response.writeHead(502).end(error.message)
    })
    request.pipe(upstream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
