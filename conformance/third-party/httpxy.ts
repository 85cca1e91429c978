// The README's "Proxy Server", word for word but for the listener, the timeout and its log.
import { createServer } from 'node:http'
import { createProxyServer } from 'httpxy'
import { idleTimeoutMs, serve, upstream } from './start.ts'

const proxy = createProxyServer({ proxyTimeout: idleTimeoutMs })
const server = createServer(async (request, response) => {
  try {
    await proxy.web(request, response, { target: upstream })
  } catch (error) {
    response.statusCode = 500
    response.end(`Proxy error: ${String(error)}`)
  }
})
serve(server, 'httpxy')
