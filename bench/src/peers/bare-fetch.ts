// A bare fetch relay on Node, by the bridge of Hono's Node server.
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createFetchRelay } from './fetch-relay.ts'
import { listen, upstream } from './start.ts'

const listener = getRequestListener(createFetchRelay(upstream))
listen(createServer((request, response) => void listener(request, response)))
