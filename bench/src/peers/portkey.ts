// Portkey's own program. It is told where to go by headers of its clients, which are put on each request as it arrives. The
// @hono/node-server that npm gives it answers every stream with a 500 on Node 24 ("TypeError: immutable"): it gets 1.13.8.
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server } from 'node:http'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'
import { host, port, sayReady, upstream } from './start.ts'

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@hono/node-server'
      ? next('hono-node-server-1', { ...context, parentURL: import.meta.url })
      : next(specifier, context),
})
subscribe('http.server.request.start', (message) => {
  const { request } = message as { readonly request: IncomingMessage }
  const headers = { 'x-portkey-provider': 'anthropic', 'x-portkey-custom-host': `${upstream.origin}/v1` }
  for (const [name, value] of Object.entries(headers)) request.rawHeaders.push(name, value)
})
subscribe('tracing:net.server.listen:asyncStart', (message) => {
  const { options } = message as { readonly options: { host?: string } }
  options.host = host
})
subscribe('tracing:net.server.listen:asyncEnd', (message) => {
  const { server } = message as { readonly server: Server }
  sayReady((server.address() as AddressInfo).port)
})
process.env['TRUSTED_CUSTOM_HOSTS'] = upstream.hostname
process.argv.push(`--port=${port}`, '--headless')
const program = '@portkey-ai/gateway/build/start-server.js'
await import(program)
