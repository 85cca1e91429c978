import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { callApi, listen, STREAM_HEADERS } from '../call-api.ts'
import { finalize } from '../finalize-or-destroy/finalize.ts'

/** From these events on the answer has begun, or is over. A ping and `message_start` are not among them. */
const FIRST = /^event: (content_block_delta|message_delta|message_stop|error)$/m

const server = createServer((request, response) => {
  relay(request, response).catch(() => {
    const message = 'The model API closed the connection before it answered. Try again.'
    const body = JSON.stringify({ type: 'error', error: { type: 'api_error', message } })
    if (response.headersSent) response.destroy()
    else response.writeHead(502, { 'content-type': 'application/json' }).end(body)
  })
})
listen(server)

async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const upstream = await callApi(request)
  const type = upstream.headers.get('content-type') ?? 'application/json'
  if (!type.startsWith('text/event-stream') || upstream.body === null) {
    const body = await upstream.bytes() // whole, or it throws
    response.writeHead(upstream.status, { 'content-type': type }).end(body)
    return
  }
  const chunks = upstream.body.values()
  const opening: Uint8Array[] = []
  while (!FIRST.test(Buffer.concat(opening).toString())) {
    const { value, done } = await chunks.next()
    if (done) throw new Error('The stream ended before its first data')
    opening.push(value)
  }
  response.writeHead(200, STREAM_HEADERS)
  const body = (async function* () {
    yield* opening
    yield* chunks
  })()
  await pipeline(finalize(body), response)
}
