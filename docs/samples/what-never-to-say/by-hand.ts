import { createServer } from 'node:http'
import { callApi, listen } from '../call-api.ts'

const LOST = 'The model API closed the connection before it answered. Try again.'
const REFUSED = 'The model API did not accept a connection. Try again in a moment.'
const UNKNOWN = 'The model API could not be asked. Try again in a moment.'
/** What a person may read, by the code that the runtime gives. A table: nothing of the error can get into it. */
const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: REFUSED,
  ENOTFOUND: "The model API's address could not be found.",
  ECONNRESET: LOST,
  UND_ERR_SOCKET: LOST,
}

function sentenceFor(error: unknown): string {
  if (!(error instanceof Error)) return UNKNOWN
  const sentence = 'code' in error ? SENTENCES[String(error.code)] : undefined
  return sentence ?? sentenceFor(error.cause) // "fetch failed" has its reason in `cause`
}

const server = createServer(async (request, response) => {
  try {
    const upstream = await callApi(request)
    response.writeHead(upstream.status).end(await upstream.bytes())
  } catch (error) {
    console.error(error) // all of it, for the operator
    const body = { type: 'error', error: { type: 'api_error', message: sentenceFor(error) } }
    response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
})
listen(server)
