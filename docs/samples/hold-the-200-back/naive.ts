import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { callApi, listen, STREAM_HEADERS } from '../call-api.ts'
import { finalize } from '../finalize-or-destroy/finalize.ts'

const server = createServer(async (request, response) => {
  const upstream = await callApi(request)
  response.writeHead(upstream.status, STREAM_HEADERS).flushHeaders() // from here on nobody tries again
  await pipeline(finalize(upstream.body ?? []), response)
})
listen(server)
