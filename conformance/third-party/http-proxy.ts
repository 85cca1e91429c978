// The error handler is the README's ("Listening for proxy events"), word for word.
import { createServer, type ServerResponse } from 'node:http'
import httpProxy from 'http-proxy'
import { idleTimeoutMs, serve, upstream } from './start.ts'

const proxy = httpProxy.createProxyServer({ target: upstream, proxyTimeout: idleTimeoutMs })
proxy.on('error', (_error, _request, response) => {
  const answer = response as ServerResponse
  answer.writeHead(500, { 'Content-Type': 'text/plain' })
  answer.end('Something went wrong. And we are reporting a custom error message.')
})
serve(
  createServer((request, response) => proxy.web(request, response)),
  'http-proxy',
)
