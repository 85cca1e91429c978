import { createServer, type Server } from 'node:http'
import { createHandler } from '@stopbit/node'

/** Your proxy, as your program starts it. */
export function createProxy(api: URL): Server {
  const handler = createHandler({ upstream: { url: api } })
  return createServer((request, response) => void handler(request, response)).once('close', () => void handler.close())
}
