// @stopbit/edge/hono under Hono's Node server.
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { createHonoHandler } from '@stopbit/edge/hono'
import { Hono } from 'hono'
import { nodeVersions, readOptionsOrExit, serveNode } from './serve-node.ts'
import { FETCH_LIMITS } from './target-options.ts'

const options = readOptionsOrExit(FETCH_LIMITS)
const { upstreamUrl: url, credential, exchange } = options
const handler = createHonoHandler({ upstream: { url }, credential, exchange })
const app = new Hono()
app.all('/*', handler)
const server = createAdaptorServer({ fetch: app.fetch }) as Server
serveNode(server, options, handler, nodeVersions('@hono/node-server', 'hono'))
