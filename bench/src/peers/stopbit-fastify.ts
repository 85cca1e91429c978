import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { stopbit } from '@stopbit/fastify'
import { host, port, sayReady, upstream } from './start.ts'

const fastify = Fastify()
fastify.register(stopbit, { upstream: { url: upstream }, onRecord: () => undefined })
await fastify.listen({ port, host, backlog: 4096 })
sayReady((fastify.server.address() as AddressInfo).port)
