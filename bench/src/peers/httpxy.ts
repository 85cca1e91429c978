import { Agent, createServer } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { createProxyServer } from 'httpxy'
import { listen, upstream } from './start.ts'

// As with http-proxy, an agent that keeps connections.
const agent = upstream.protocol === 'https:' ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
const proxy = createProxyServer({ target: upstream.origin, agent, changeOrigin: true })
listen(
  createServer((request, response) => {
    proxy.web(request, response).catch(() => response.destroy())
  }),
)
