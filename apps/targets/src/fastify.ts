// @stopbit/fastify: the plugin drains by itself as Fastify closes.
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { stopbit } from '@stopbit/fastify'
import { nodeVersions, readOptionsOrExit, sayReady, setListenerLimits, upstreamOf } from './serve-node.ts'
import { NODE_LIMITS } from './target-options.ts'

const options = readOptionsOrExit(NODE_LIMITS)
const { credential, exchange, drainDeadlineMs } = options
const fastify = Fastify()
fastify.register(stopbit, { upstream: upstreamOf(options), credential, exchange, drainDeadlineMs })
setListenerLimits(fastify.server, options)
process.once('SIGTERM', () => void fastify.close().then(() => process.exit(0)))
await fastify.listen({ port: options.listenPort, host: options.listenHost })
sayReady((fastify.server.address() as AddressInfo).port, nodeVersions('fastify'))
