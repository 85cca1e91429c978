import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { callApi, listen, STREAM_HEADERS } from '../call-api.ts'
import { finalize } from './finalize.ts'

const server = createServer((request, response) => {
  relay(request, response).catch(() => {
    if (response.headersSent) response.destroy()
    else response.writeHead(502).end()
  })
})
listen(server)

async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const upstream = await callApi(request)
  const type = upstream.headers.get('content-type') ?? 'text/plain'
  const body = upstream.body ?? []
  if (!type.startsWith('text/event-stream')) {
    response.writeHead(upstream.status, { 'content-type': type })
    return pipeline(body, response) // a cut JSON body cannot carry an error: there, destroying is the truth
  }
  response.writeHead(upstream.status, STREAM_HEADERS)
  // Ends the response after the last event, and stops reading from the API when the client leaves.
  return pipeline(finalize(body), response)
}
