// The README's "Usage", with its timeouts for undici; errors are answered as it does without an `onError`.
import replyFrom from '@fastify/reply-from'
import Fastify from 'fastify'
import {
  connectTimeoutMs,
  headersTimeoutMs,
  host,
  idleTimeoutMs,
  sayReady,
  setListenerLimits,
  upstream,
} from './start.ts'

const proxy = Fastify()
const undici = { headersTimeout: headersTimeoutMs, bodyTimeout: idleTimeoutMs, connect: { timeout: connectTimeoutMs } }
proxy.register(replyFrom, { base: upstream, undici })
proxy.all('/*', (request, reply) => void reply.from(request.url))
setListenerLimits(proxy.server)
await proxy.listen({ port: 0, host })
sayReady(proxy.server, '@fastify/reply-from', 'fastify')
process.once('SIGTERM', () => process.exit(0))
