import { createServer } from 'node:http'
import { callApi, listen } from '../call-api.ts'

const server = createServer(async (request, response) => {
  try {
    const upstream = await callApi(request)
    response.writeHead(upstream.status).end(await upstream.bytes())
  } catch (error) {
    const message = error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error)
    response.writeHead(502).end(JSON.stringify({ type: 'error', error: { type: 'api_error', message } }))
  }
})
listen(server)
