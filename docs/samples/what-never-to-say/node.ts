import { createServer } from 'node:http'
import { classifyFault, FAULTS } from '@stopbit/faults'
import { callApi, listen } from '../call-api.ts'

const server = createServer(async (request, response) => {
  try {
    const upstream = await callApi(request)
    response.writeHead(upstream.status).end(await upstream.bytes())
  } catch (error) {
    const { kind } = classifyFault({ headersReceived: false }, error)
    const { status, sentence } = FAULTS[kind]
    console.error(kind, error)
    const body = { type: 'error', error: { type: 'api_error', message: sentence } }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
})
listen(server)
