import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { detectDialect, finalizeChunks, mediaType, readRequestFacts } from '@stopbit/sse'

const API = process.env['API_URL'] ?? 'https://api.anthropic.com'

const server = createServer((request, response) => {
  relay(request, response).catch(() => response.destroy())
})
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))

async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? '/'
  const body = Buffer.concat(await request.toArray())
  const headers = { 'content-type': 'application/json', 'x-api-key': String(request.headers['x-api-key'] ?? '') }
  const upstream = await fetch(API + target, { method: 'POST', headers, body })
  const type = upstream.headers.get('content-type') ?? ''
  const dialect = detectDialect('POST', target)
  const framing = upstream.ok ? dialect.framingOf(mediaType(type), target) : undefined
  response.writeHead(upstream.status, { 'content-type': type })
  if (framing === undefined) return pipeline(upstream.body ?? [], response)
  const options = { dialect, framing, request: readRequestFacts(body), requestId: crypto.randomUUID() }
  const source = upstream.body?.values() ?? new ReadableStream<Uint8Array>().values()
  return pipeline(finalizeChunks(source, options), response)
}
