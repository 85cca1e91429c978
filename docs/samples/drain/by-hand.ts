import { createServer, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { callApi, listen, STREAM_HEADERS } from '../call-api.ts'
import { CUT, finalize } from '../finalize-or-destroy/finalize.ts'

const DRAIN_DEADLINE_MS = Number(process.env['DRAIN_DEADLINE_MS'] ?? 25_000)
const live = new Set<ServerResponse>()
let isDraining = false

const server = createServer(async (request, response) => {
  if (isDraining) response.setHeader('connection', 'close')
  const stop = new AbortController()
  live.add(response)
  response.once('close', () => {
    live.delete(response)
    stop.abort()
    if (isDraining) server.closeIdleConnections() // `close()` alone leaves those that were busy open for more
  })
  try {
    const upstream = await callApi(request, { signal: stop.signal })
    const type = upstream.headers.get('content-type') ?? 'text/plain'
    const body = upstream.body ?? []
    if (!type.startsWith('text/event-stream')) {
      live.delete(response) // no error event has a place in it: after the deadline it is closed with the rest
      response.writeHead(upstream.status, { 'content-type': type })
      return await pipeline(body, response)
    }
    response.writeHead(upstream.status, STREAM_HEADERS)
    for await (const events of finalize(body)) {
      if (response.writableEnded) return // the deadline was first
      response.write(events)
    }
    response.end()
  } catch {
    response.destroy()
  }
})
listen(server)

process.once('SIGTERM', () => {
  isDraining = true
  server.close(() => process.exit(0)) // takes no new connections, waits for the busy ones
  setTimeout(() => {
    for (const response of live) {
      if (response.headersSent) response.end(CUT) // only whole events went out, so this is between two of them
      else response.writeHead(503).end()
    }
    setTimeout(() => server.closeAllConnections(), 2_000)
  }, DRAIN_DEADLINE_MS)
})
