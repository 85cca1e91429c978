// Portkey's gateway, which is told where to go by headers of its clients: they are put on each request as it arrives. Its own
// program listens on all addresses; here it is held to the one of the contract.
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server } from 'node:http'
import { headersTimeoutMs, host, setListenerLimits, upstream } from './start.ts'

subscribe('http.server.request.start', (message) => {
  const { request } = message as { readonly request: IncomingMessage }
  const provider = request.url?.startsWith('/v1/messages') === true ? 'anthropic' : 'openai'
  const headers = {
    'x-portkey-provider': provider,
    'x-portkey-custom-host': `${upstream}/v1`,
    'x-portkey-request-timeout': String(headersTimeoutMs),
  }
  for (const [name, value] of Object.entries(headers)) request.rawHeaders.push(name, value)
})
subscribe('tracing:net.server.listen:asyncStart', (message) => {
  const { server, options } = message as { readonly server: Server; readonly options: { host?: string } }
  options.host = host
  setListenerLimits(server)
})
process.once('SIGTERM', () => process.exit(0))
process.argv.push(`--port=${process.env['STOPBIT_LISTEN_PORT']}`, '--headless')
const program = '@portkey-ai/gateway/build/start-server.js'
await import(program)
