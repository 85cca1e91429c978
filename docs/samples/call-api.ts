import type { IncomingMessage, Server } from 'node:http'

const API = process.env['API_URL'] ?? 'https://api.anthropic.com'

/** Sends a client's request on to the API. The answer must not be compressed: nothing can be added to it then. */
export async function callApi(request: IncomingMessage, options: RequestInit = {}): Promise<Response> {
  const body = options.body ?? Buffer.concat(await request.toArray())
  const headers = {
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    'anthropic-version': '2023-06-01',
    'x-api-key': String(request.headers['x-api-key'] ?? ''),
  }
  return fetch(API + request.url, { ...options, method: 'POST', headers, body })
}

/** The headers of a stream that nobody on the way may buffer or change. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const

/** Listens on the loopback interface, and says where. */
export function listen(server: Server): void {
  server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))
}
