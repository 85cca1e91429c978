import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { callApi, listen } from '../call-api.ts'

const BACKOFF_MS = Number(process.env['RETRY_BACKOFF_MS'] ?? 1_000)
/** With these no connection was made, so nothing was sent. With all others the model may be at work already. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

function wasNeverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('code' in error && NEVER_SENT.has(String(error.code))) || wasNeverSent(error.cause)
}

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray())
  for (let attempt = 1; attempt <= 3; attempt++) {
    try {
      const upstream = await callApi(request, { body })
      response.writeHead(upstream.status).end(await upstream.bytes())
      return
    } catch (error) {
      if (attempt === 3 || !wasNeverSent(error)) break
      console.log('again')
      await sleep(BACKOFF_MS * 2 ** (attempt - 1) * (1 + Math.random()))
    }
  }
  response.writeHead(502).end()
})
listen(server)
