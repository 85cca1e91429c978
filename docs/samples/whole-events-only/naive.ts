import { createServer } from 'node:http'
import { callApi, listen, STREAM_HEADERS } from '../call-api.ts'
import { CUT } from '../finalize-or-destroy/finalize.ts'

const server = createServer(async (request, response) => {
  const upstream = await callApi(request)
  response.writeHead(upstream.status, STREAM_HEADERS)
  try {
    for await (const bytes of upstream.body ?? []) response.write(bytes)
    response.end()
  } catch {
    response.end(CUT) // stuck to whatever half event went out last
  }
})
listen(server)
