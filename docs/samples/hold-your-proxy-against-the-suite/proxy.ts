import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

// The suite says where the upstream is, and picks the port.
const UPSTREAM = process.env['STOPBIT_UPSTREAM_URL'] ?? 'https://api.anthropic.com'
const PORT = Number(process.env['STOPBIT_LISTEN_PORT'] ?? 4141)

const server = createServer((request, response) => {
  relay(request, response).catch(() => {
    if (response.headersSent) response.destroy()
    else response.writeHead(502, { 'content-type': 'application/json' }).end(UNREACHABLE)
  })
})
const UNREACHABLE = JSON.stringify({ type: 'error', error: { type: 'api_error', message: 'Try again in a moment.' } })

async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray())
  const upstream = await fetch(UPSTREAM + request.url, { method: 'POST', body })
  const type = upstream.headers.get('content-type') ?? 'application/json'
  response.writeHead(upstream.status, { 'content-type': type })
  await pipeline(upstream.body ?? [], response)
}

server.listen(PORT, '127.0.0.1', () => {
  console.log(`STOPBIT_READY ${JSON.stringify({ port: (server.address() as AddressInfo).port })}`)
})
process.once('SIGTERM', () => server.close())
