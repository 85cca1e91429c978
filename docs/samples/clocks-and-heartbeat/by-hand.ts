import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { callApi, listen, STREAM_HEADERS } from '../call-api.ts'
import { finalize } from '../finalize-or-destroy/finalize.ts'

const IDLE_TIMEOUT_MS = Number(process.env['IDLE_TIMEOUT_MS'] ?? 240_000)
const HEARTBEAT_MS = Number(process.env['HEARTBEAT_MS'] ?? 7_000)
const PING = 'event: ping\ndata: {"type":"ping"}\n\n'

const server = createServer((request, response) => {
  relay(request, response).catch(() => response.destroy())
})
listen(server)

async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const stop = new AbortController()
  response.once('close', () => stop.abort()) // a client that leaves takes the request to the API along
  const idle = setTimeout(() => stop.abort(), IDLE_TIMEOUT_MS)
  try {
    const upstream = await callApi(request, { signal: stop.signal })
    const type = upstream.headers.get('content-type') ?? 'text/plain'
    const body = restarting(idle, upstream.body ?? [])
    if (!type.startsWith('text/event-stream')) {
      response.writeHead(upstream.status, { 'content-type': type })
      return await pipeline(body, response) // neither a ping nor an error event has a place in it
    }
    response.writeHead(upstream.status, STREAM_HEADERS).flushHeaders()
    await relayEvents(finalize(body), response)
  } finally {
    clearTimeout(idle)
  }
}

async function relayEvents(events: AsyncIterable<string>, response: ServerResponse): Promise<void> {
  const beat = setTimeout(() => {
    response.write(PING) // only whole events are written here, so this is between two of them
    beat.refresh()
  }, HEARTBEAT_MS)
  try {
    for await (const event of events) {
      response.write(event)
      beat.refresh()
    }
    response.end()
  } finally {
    clearTimeout(beat)
  }
}

/** The same bytes. Each of them shows that the API is alive. */
async function* restarting(timer: NodeJS.Timeout, body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  for await (const bytes of body) {
    timer.refresh()
    yield bytes
  }
}
