// @stopbit/node as middleware of Express.
import { createServer } from 'node:http'
import express from 'express'
import { createHandler } from '@stopbit/node'
import { nodeVersions, readOptionsOrExit, serveNode, upstreamOf } from './serve-node.ts'
import { NODE_LIMITS } from './target-options.ts'

const options = readOptionsOrExit(NODE_LIMITS)
const { credential, exchange } = options
const handler = createHandler({ upstream: upstreamOf(options), credential, exchange })
const app = express()
app.use(handler)
serveNode(createServer(app), options, handler, nodeVersions('express'))
