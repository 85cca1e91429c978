import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { callApi, listen } from '../call-api.ts'

const server = createServer(async (request, response) => {
  const upstream = await callApi(request)
  response.writeHead(upstream.status, { 'content-type': upstream.headers.get('content-type') ?? 'text/plain' })
  // When the API's connection dies, this destroys the client's connection, too.
  await pipeline(upstream.body ?? [], response).catch((error: unknown) => console.error(error))
})
listen(server)
