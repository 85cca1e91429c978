import { serve } from '@hono/node-server'
import { detectDialect, finalizeStream, mediaType, readRequestFacts } from '@stopbit/sse'
import { Hono } from 'hono'

const API = process.env['API_URL'] ?? 'https://api.anthropic.com'

const app = new Hono()
app.post('/v1/*', async (context) => {
  const { pathname, search } = new URL(context.req.url)
  const body = new Uint8Array(await context.req.arrayBuffer())
  const headers = { 'content-type': 'application/json', 'x-api-key': context.req.header('x-api-key') ?? '' }
  const upstream = await fetch(API + pathname + search, { method: 'POST', headers, body })
  const type = upstream.headers.get('content-type') ?? ''
  const dialect = detectDialect('POST', pathname + search)
  const framing = upstream.ok ? dialect.framingOf(mediaType(type), pathname + search) : undefined
  if (framing === undefined || upstream.body === null) return upstream // an error, or an answer in one piece
  const options = { dialect, framing, request: readRequestFacts(body), requestId: crypto.randomUUID() }
  return new Response(finalizeStream(upstream.body, options), { headers: { 'content-type': type } })
})

const port = Number(process.env['PORT'] ?? 4141)
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => console.log(address))
