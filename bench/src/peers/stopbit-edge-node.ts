import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createFetchHandler } from '@stopbit/edge'
import { listen, upstream } from './start.ts'

const handler = createFetchHandler({ upstream: { url: upstream }, onRecord: () => undefined })
const listener = getRequestListener((request) => handler(request))
listen(createServer((request, response) => void listener(request, response)))
