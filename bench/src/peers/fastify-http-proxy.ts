import type { AddressInfo } from 'node:net'
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'
import { host, port, sayReady, upstream } from './start.ts'

const proxy = Fastify()
proxy.register(httpProxy, { upstream: upstream.origin })
await proxy.listen({ port, host, backlog: 4096 })
sayReady((proxy.server.address() as AddressInfo).port)
