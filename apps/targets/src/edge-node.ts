// @stopbit/edge under node:http, by the bridge of Hono's Node server and without Hono.
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createFetchHandler } from '@stopbit/edge'
import { nodeVersions, readOptionsOrExit, serveNode } from './serve-node.ts'
import { FETCH_LIMITS } from './target-options.ts'

const options = readOptionsOrExit(FETCH_LIMITS)
const { upstreamUrl: url, credential, exchange } = options
const handler = createFetchHandler({ upstream: { url }, credential, exchange })
const listener = getRequestListener((request) => handler(request))
const server = createServer((request, response) => void listener(request, response))
serveNode(server, options, handler, nodeVersions('@hono/node-server'))
