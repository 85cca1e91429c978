import { Agent, createServer } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import httpProxy from 'http-proxy'
import { listen, upstream } from './start.ts'

// Without an agent it closes the connection to the upstream after each request.
const agent = upstream.protocol === 'https:' ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
const proxy = httpProxy.createProxyServer({ target: upstream.origin, agent, changeOrigin: true })
proxy.on('error', (_error, _request, response) => void response.destroy())
listen(createServer((request, response) => proxy.web(request, response)))
