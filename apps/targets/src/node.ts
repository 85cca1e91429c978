// @stopbit/node under node:http.
import { createServer } from 'node:http'
import { createHandler } from '@stopbit/node'
import { nodeVersions, readOptionsOrExit, serveNode, upstreamOf } from './serve-node.ts'
import { NODE_LIMITS } from './target-options.ts'

const options = readOptionsOrExit(NODE_LIMITS)
const { credential, exchange } = options
const handler = createHandler({ upstream: upstreamOf(options), credential, exchange })
const server = createServer((request, response) => void handler(request, response))
serveNode(server, options, handler, nodeVersions())
