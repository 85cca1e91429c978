import { createServer } from 'node:http'
import { createHandler, type HandlerOptions } from '@stopbit/node'
import { applyServerPreset, createDrain, observeListener } from '@stopbit/server-presets'
import { listen, upstream } from './start.ts'

/** Serves the Node adapter as a product does: with a record of every exchange, a watched listener and a drain. */
export function serveNodeAdapter(exchange: HandlerOptions['exchange']): void {
  const handler = createHandler({ upstream: { url: upstream }, exchange, onRecord: () => undefined })
  const server = createServer((request, response) => void handler(request, response))
  applyServerPreset(server, 'loopback')
  observeListener(server)
  createDrain(server).register(handler)
  listen(server)
}
